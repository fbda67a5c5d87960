// Printed, every claim is open; a click on a thumbnail opens its claim, as its line below does.
const parts = [...document.querySelectorAll(".card > details")];
let closed = [];
addEventListener("beforeprint", () => {
  closed = parts.filter((part) => !part.open);
  closed.forEach((part) => { part.open = true; });
});
addEventListener("afterprint", () => closed.forEach((part) => { part.open = false; }));
parts.forEach((part) => {
  const picture = part.parentElement.querySelector("img");
  if (picture) picture.addEventListener("click", () => { part.open = !part.open; });
});
