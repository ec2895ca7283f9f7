/** The lowest contrast of any text to what is behind it (WCAG 2.2, 1.4.3), and what it is. */
export const lowestContrast = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = parse(getComputedStyle(each).backgroundColor);
      if (color[3] === undefined || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
  const all = [...document.body.querySelectorAll('*')].filter(hasText).map((element) => {
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort();
    return { ratio: (other + 0.05) / (one + 0.05), what: element.className + ' ' + element.textContent.slice(0, 30) };
  });
  return all.sort((one, other) => one.ratio - other.ratio)[0];
})()`;
