// The browser's side of a prediction: a question, and a button for each option.
//
// The kernel owns the choice (see predictions.py). A button shows at once that it was chosen; what the kernel then says
// counts.

// Plain text, in which `code` stands between backticks.
function written(text) {
  return text.split(/(`[^`]+`)/).filter(Boolean).map((part) => {
    if (!/^`[^`]+`$/.test(part)) return part;
    const code = document.createElement("code");
    code.textContent = part.slice(1, -1);
    return code;
  });
}

function element(tag, className, children) {
  const made = Object.assign(document.createElement(tag), { className });
  made.append(...children);
  return made;
}

function render({ model, el }) {
  const buttons = {};
  const atFirst = model.get("choice");
  const hint = element("p", "hint", []);
  hint.setAttribute("role", "status");

  const show = (choice) => {
    for (const [letter, button] of Object.entries(buttons)) {
      button.setAttribute("aria-pressed", String(letter === choice));
    }
    const unheard = choice !== atFirst && model.get("missed"); // by an answer that this page only has as stored
    hint.textContent = choice === null ? "Choose one, by click or by its letter, and go on."
      : `You say ${choice}.${unheard ? " The answer below is an earlier one: run its cell again." : ""}`;
  };
  const choose = (letter) => {
    show(letter);
    buttons[letter].focus();
    model.send({ kind: "choose", option: letter });
  };

  for (const [letter, option] of Object.entries(model.get("options"))) {
    const tick = element("span", "tick", []);
    tick.setAttribute("aria-hidden", "true"); // aria-pressed says it
    const name = [element("span", "letter", [letter]), " ", element("span", "text", written(option))];
    const button = element("button", "option", [...name, tick]);
    button.type = "button";
    button.addEventListener("click", () => choose(letter));
    buttons[letter] = button;
  }
  const question = element("span", "", written(model.get("question")));
  question.id = `prediction-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  const heading = element("p", "question", [element("strong", "", ["Predict."]), " ", question]);
  const prediction = element("div", "prediction", [heading, ...Object.values(buttons), hint]);
  prediction.setAttribute("role", "group");
  prediction.setAttribute("aria-labelledby", question.id);
  prediction.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length > 1 && event.key !== "Enter") return; // arrows move from cell to cell, Tab and Escape away
    event.stopPropagation(); // or JupyterLab takes letters for its own commands
    const letter = event.key.toUpperCase();
    if (letter in buttons) choose(letter);
  });

  const follow = () => show(model.get("choice"));
  model.on("change:choice change:missed", follow);
  follow();
  el.append(prediction);
  return () => model.off("change:choice change:missed", follow);
}

export default { render };
