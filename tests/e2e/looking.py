"""What a page must not do to whoever reads it, asked of the browser, cheaply."""

from playwright.sync_api import Page

TOO_SMALL = """() => [...document.querySelectorAll('main *')].filter(e => e.childNodes.length &&
  [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.checkVisibility() &&
  !e.closest('[aria-hidden=true]') && parseFloat(getComputedStyle(e).fontSize) < 12)
  .map(e => e.outerHTML.slice(0, 120))"""
# Words that stand letter below letter, because something beside them took their room.
SQUEEZED = """() => {
  const words = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim().length > 3);
  const put_away = e => e && (getComputedStyle(e).clipPath !== 'none' || put_away(e.parentElement));
  const narrow = ({ width, height }) => width < 20 && height > 50;
  return [...document.querySelectorAll('main *')].filter(e => words(e) && e.checkVisibility() &&
    narrow(e.getBoundingClientRect()) && !put_away(e)).map(e => e.outerHTML.slice(0, 120));
}"""
# Contrast as WCAG 2.2 defines it (1.4.3): 4.5, or 3 for large letters. Pictures behind words and
# words that are switched off are left out.
PALE = """() => {
  const numbers = colour => {
    const found = (colour.match(/-?[\\d.]+(e-?\\d+)?/g) ?? []).map(Number);
    const scale = colour.startsWith('color(') ? 255 : 1;
    return [found[0] * scale, found[1] * scale, found[2] * scale, found[3] ?? 1];
  };
  const over = ([r, g, b, a], [x, y, z]) =>
    [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a)];
  const linear = part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const known = new Map();
  const ground = e => {
    if (!e) return [255, 255, 255];
    if (known.has(e)) return known.get(e);
    const style = getComputedStyle(e);
    const behind = ground(e.parentElement);
    const plain = behind && style.backgroundImage === 'none';
    const found = plain ? over(numbers(style.backgroundColor), behind) : null;
    known.set(e, found);
    return found;
  };
  const faulty = e => {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) return false;
    if (!e.checkVisibility() || e.closest('[aria-hidden=true], :disabled')) return false;
    const behind = ground(e);
    if (!behind) return false;
    const style = getComputedStyle(e);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const both = [light(over(numbers(style.color), behind)), light(behind)];
    const [one, other] = both.sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05) < (large ? 3 : 4.5) - 0.01;
  };
  const all = [...document.querySelectorAll('body *')];
  return all.filter(faulty).map(e => e.outerHTML.slice(0, 120));
}"""
FEW = 2


def faults(page: Page) -> list[str]:
    """What can be seen to be wrong, two of a kind at most."""
    found = []
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
        found.append(f"{page.url}: scrolls sideways")
    for what, question in (("too small", TOO_SMALL), ("squeezed", SQUEEZED), ("pale", PALE)):
        found += [f"{page.url}: {what}: {one}" for one in page.evaluate(question)[:FEW]]
    return found
