// The form for proposals: values that fit what is typed, asked of the hub's own API.
{
  const WAIT_MS = 200;
  let waiting = 0;
  const offer = async (box) => {
    const list = document.getElementById(box.getAttribute("list"));
    const typed = box.value.trim();
    if (!list || typed.length < 2) return;
    const answer = await fetch(`${box.dataset.values}?size=20&contains=${encodeURIComponent(typed)}`);
    if (!answer.ok || box.value.trim() !== typed) return;
    const found = (await answer.json()).values;
    list.replaceChildren(...found.map((one) => {
      const option = document.createElement("option");
      option.value = one.value;
      if (one.label !== one.value) option.textContent = one.label;
      return option;
    }));
  };
  for (const box of document.querySelectorAll("input[data-values]")) {
    box.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { offer(box).catch(() => {}); }, WAIT_MS);
    });
  }
}
