"""Forms built without code: what is asked, under which condition, what counts as an answer. Pure.

A form is kept as JSON, read by `definition`, compiled for the browser by `compiled`, and answered
through `answers`. `static/js/conditions.js` evaluates the same conditions; the cases of
`tests/catalogue/form_cases.json` hold both to the same result. The server's is the one that counts.
"""
