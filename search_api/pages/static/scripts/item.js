// The item's page: a choice of property is sent as soon as it is made with a pointer; keys go through it in peace.
{
  for (const form of document.querySelectorAll("form[data-send]")) {
    const select = form.querySelector("select");
    let isPointed = false;
    select.addEventListener("pointerdown", () => { isPointed = true; });
    select.addEventListener("keydown", () => { isPointed = false; });
    select.addEventListener("change", () => { if (isPointed) form.requestSubmit(); });
  }
}
