"""Words that say nothing about a cause, in the languages desks commonly receive."""

_ENGLISH = """
a about above after again against all also am an and any are as at be because been before being
below between both but by can cannot could did do does doing don down during each few for from
further get gets getting given had has have having he her here hers him his how i if in into is it
its itself just kindly let like may me might more most much must my myself no nor not now of off on
once one only or other our ours out over own per please same she should so some still such than that
the their theirs them then there these they this those through till to too under until up upon us
very via was we were what when where which while who whom why will with within would yes yet you
your yours im ive id ill dont doesnt didnt isnt wasnt cant couldnt wont wouldnt
"""
_COURTESY = """
hi hello hey dear team all thanks thank thx regards kind best warm sincerely cheers greetings good
morning afternoon evening day sir madam help assist assistance advise urgent asap fyi pls plz
following attached attachment screenshot screen shot see look check know need needs want ticket
"""
_GERMAN = """
aber alle als also am an auch auf aus bei beim bin bis bitte da dann das dass dem den der des die
dies diese dieser doch dort durch ein eine einem einen einer eines er es euch für guten haben habe
hallo hat ich ihm ihn ihr im in ist ja kann kein keine man mehr mein mich mir mit nach nicht noch
nun nur ob oder sehr sein sich sie sind so tag und uns unter viele vom von vor war was weil wenn
werden wie wieder wir wird zu zum zur danke gruß grüße freundlichen
"""
_FRENCH = """
avec ce ces dans de des du elle en est et il je la le les leur ma mais mes mon ne nous on ou par pas
pour que qui sa se ses son sur un une vous bonjour merci plus être cette aux au
"""
_SPANISH = """
el los las lo del por para con una uno su sus al es como pero más y en la que no se un hola gracias
está son este esta puede buenos días favor
"""
_PORTUGUESE = """
o os da das do dos em na nas no nos um uma com não se mais por para que e é ao são está ola olá
obrigado favor bom dia pela pelo
"""

STOP_WORDS = frozenset(
    f"{_ENGLISH} {_COURTESY} {_GERMAN} {_FRENCH} {_SPANISH} {_PORTUGUESE}".casefold().split()
)
BY_LANGUAGE = {
    "en": frozenset(_ENGLISH.split()) - {"no", "die", "was", "an", "am", "in", "so"},
    "de": frozenset(_GERMAN.split()) - {"an", "am", "in", "was", "so", "man", "von"},
    "fr": frozenset(_FRENCH.split()) - {"on", "des"},
    "es": frozenset(_SPANISH.split()) - {"no"},
    "pt": frozenset(_PORTUGUESE.split()) - {"no", "do", "as"},
}
"""Frequent words by language; those that are frequent in two of them are left out."""
