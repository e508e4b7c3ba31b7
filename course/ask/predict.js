// The browser's side of a prediction: a question, and a button for each option.
//
// The kernel owns the choice and the counts (see predictions.py). A button shows at once that it was chosen; what the
// kernel then says counts.

function element(tag, className, children, attributes = {}) {
  const made = Object.assign(document.createElement(tag), { className });
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Plain text, in which `code` stands between backticks, as nodes.
function nodes(text) {
  const parts = text.split(/(`[^`]+`)/).filter(Boolean);
  return parts.map((part) => /^`[^`]+`$/.test(part) ? element("code", "", [part.slice(1, -1)]) : part);
}

function render({ model, el }) {
  const buttons = {};
  const fields = {};
  const hint = element("p", "hint", [], { role: "status" });
  const total = element("p", "total", [], { role: "status" });
  const choiceAtFirst = model.get("choice");
  let typedHere = false; // then the fields count: what the kernel has of them comes later than the next key

  const show = (choice) => {
    for (const [letter, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", letter === choice);
    const unheard = choice !== choiceAtFirst && model.get("missed"); // by an answer that this page only has as stored
    hint.textContent = choice === null ? "Choose one, by click or by its letter, and go on."
      : `You say ${choice}.${unheard ? " The answer below is an earlier one: run its cell again." : ""}`;
  };
  const choose = (letter) => {
    show(letter);
    buttons[letter].focus();
    model.send({ kind: "choose", option: letter });
  };

  const counts = () => Object.fromEntries(Object.entries(fields).map(([letter, { value }]) => [letter, value.trim()])
    .filter(([, text]) => /^\d{1,4}$/.test(text)).map(([letter, text]) => [letter, Number(text)]));
  const showTotal = (hands) => {
    const sum = Object.values(hands).reduce((one, other) => one + other, 0);
    total.textContent = sum ? `${sum} in all. The answer says how many said what.` : "";
  };
  const showHands = (hands) => {
    for (const [letter, field] of Object.entries(fields)) field.value = hands[letter] ?? "";
    showTotal(hands);
  };
  const count = () => {
    typedHere = true;
    showTotal(counts());
    model.send({ kind: "hands", counts: counts() });
  };

  for (const [letter, option] of Object.entries(model.get("options"))) {
    const tick = element("span", "tick", [], { "aria-hidden": "true" }); // aria-pressed says it
    const parts = [element("span", "letter", [letter]), " ", element("span", "text", nodes(option)), tick];
    buttons[letter] = element("button", "option", parts, { type: "button" });
    buttons[letter].addEventListener("click", () => choose(letter));
    fields[letter] = element("input", "count", [], { type: "text", inputmode: "numeric", maxlength: 4 });
    fields[letter].addEventListener("input", count); // not once it is left: Shift+Enter may run the cell before that
    fields[letter].addEventListener("blur", () => showHands(counts())); // what is no count goes
  }
  const labels = Object.entries(fields).map(([letter, field]) => element("label", "", [letter, " ", field]));
  const summary = element("summary", "", ["Show of hands"]);
  const hands = element("details", "hands", [summary, element("div", "counts", labels), total]);
  const id = `prediction-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  const question = element("span", "", nodes(model.get("question")), { id });
  const heading = element("p", "question", [element("strong", "", ["Predict."]), " ", question]);
  const group = { role: "group", "aria-labelledby": id };
  const prediction = element("div", "prediction", [heading, ...Object.values(buttons), hint, hands], group);
  prediction.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches(".count") && !["Escape", "Enter", "Tab"].includes(event.key)) {
      event.stopPropagation(); // what is typed there is no command, and no choice
      return;
    }
    if (event.key.length > 1 && event.key !== "Enter") return; // arrows move from cell to cell, Tab and Escape away
    event.stopPropagation(); // or JupyterLab takes letters for its own commands
    const letter = event.key.toUpperCase();
    if (letter in buttons) choose(letter);
  });

  const follow = () => {
    show(model.get("choice"));
    if (!typedHere) showHands(model.get("hands"));
  };
  model.on("change:choice change:missed change:hands", follow);
  follow();
  el.append(prediction);
  return () => model.off("change:choice change:missed change:hands", follow);
}

export default { render };
