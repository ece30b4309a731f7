// dom: elements made without markup in texts, so that no value of the API can become any.

// The element of an id; it is in the page.
export const at = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined));
  return element;
}

// el("p.hint", {id: "x"}, "text", child): null children are left out.
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(" ");
  return fill(element, attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

// Replace all content.
export const put = (element, ...children) => element.replaceChildren(
  ...children.flat(3).filter((child) => child !== null && child !== undefined));

// A money text; negative ones have the minus sign in the text and a colour besides.
export function money(text, classes = "") {
  const element = el("span.money", {}, text);
  if (text.startsWith("−")) element.classList.add("minus");
  if (classes !== "") element.classList.add(...classes.split(" "));
  return element;
}
