// The browser's side of a lab: its controls, the picture, the sentence.
//
// The kernel owns what is shown (see lab.py). Controls move at once, but all that they do is to send a numbered request
// with all values. The frame that answers the newest request says what the values are; controls follow it if they
// differ. While somebody uses a control, the kernel sends what its other places would show before anybody asks; what is
// there is shown at once, and its frame comes after it.

const MOST_UNANSWERED = 2; // requests on their way: one is being drawn, the next one lies ready
const LOST = 5000; // milliseconds after which a request is not waited for any more
const SILENT = 20000; // milliseconds after which a run that shows nothing new may be gone; compiling takes less
const MOST_PREFETCHED = 2000; // entries that a page keeps
const UNANSWERED = "No answer: the kernel is busy, or it is gone. What the lab knows still moves; for the rest, run the notebook from its first cell.";
const LINK = "#lab:"; // begins the address of a link that sets controls, as in #lab:std=0.141,depth=30

const keyOf = (values) => JSON.stringify(values);

// The values that a link sets, as texts, by control.
function settingsOf(link) {
  return Object.fromEntries(new URLSearchParams(link.hash.slice(LINK.length).replaceAll(",", "&")));
}

// The lab that a link means: of those in its notebook that have these controls, the last one before it, or the first.
function labFor(link, names) {
  const labs = Array.from((link.closest(".jp-Notebook") ?? document).querySelectorAll(".lab"));
  const fitting = labs.filter((lab) => names.every((name) => lab.names?.includes(name)));
  const before = fitting.filter((lab) => lab.compareDocumentPosition(link) & Node.DOCUMENT_POSITION_FOLLOWING);
  return before.at(-1) ?? fitting[0];
}

// A button; `values`, those that it sets, if it does, are there for tests.
function button(text, act, values) {
  const made = element("button", { type: "button", textContent: text });
  if (values) made.dataset.values = keyOf(values);
  made.addEventListener("click", act);
  return made;
}

// The same button, with a tick while it is pressed.
function ticked(made) {
  const tick = element("span", { className: "tick" });
  tick.setAttribute("aria-hidden", "true"); // aria-pressed says it
  made.prepend(tick);
  return made;
}

class LabView {
  id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  newest = 0; // number of the newest request
  isHeld = false; // whether that has not been sent yet
  answered = 0; // number of the newest request that has an answer
  sent = []; // requests without one
  shown = 0; // number of the newest frame
  painted = null; // values, numbers and sentence that are on the page
  result = null; // the last of these that were not of a run that goes on, or of a failure
  compared = null; // the same of those that were pinned
  prefetched = new Map(); // what values would show, by `keyOf` them, the oldest first
  controls = {};

  constructor(model) {
    this.model = model;
    this.trains = model.get("trains");
    this.requested = model.get("frame").values; // by the newest request, or those of a frame that came after its answer
    [this.lastUsed] = Object.keys(model.get("controls"));
    this.image = picture(model.get("scene"));
    this.sentence = element("p", { className: "sentence" });
    this.before = element("p", { className: "compared" });
    this.note = element("p", { className: "note" });
    for (const part of [this.sentence, this.note]) part.setAttribute("role", "status"); // a screen reader says it
    const parts = [this.makeControls(), this.makeButtons(), this.image.root, this.sentence, this.before, this.note];
    this.root = element("div", { className: "lab", names: Object.keys(this.controls) }, parts);
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", `Lab: ${model.get("title")}`);
    this.root.dataset.request = this.newest;
    this.showValues(this.requested);
    this.receive(model.get("frame"));
    this.pin(null);
    model.on("msg:custom", this.message);
    window.addEventListener("keydown", this.keepKey, true); // before Jupyter, which has commands for arrows and letters
    window.addEventListener("click", this.follow, true); // before JupyterLab, which looks for a heading of that name
    this.post({ kind: "hello" }); // the model's frame is that of its beginning
  }

  close() {
    window.removeEventListener("keydown", this.keepKey, true);
    window.removeEventListener("click", this.follow, true);
    this.model.off("msg:custom", this.message);
    clearTimeout(this.patience);
    this.image.stop();
  }

  makeControls() {
    const grid = element("div", { className: "controls" });
    for (const [name, spec] of Object.entries(this.model.get("controls"))) {
      const changed = (value, released) => {
        if (!released && this.trains) return; // a training run starts when the slider is let go
        if (this.requested[name] !== value) this.request("set", { ...this.requested, [name]: value });
      };
      const make = spec.kind === "number" ? numberControl : choiceControl;
      this.controls[name] = make(spec, `lab-${this.id}-${name}`, changed);
      for (const part of this.controls[name].parts) {
        part.name = name;
        for (const event of ["pointerdown", "focus"]) part.addEventListener(event, () => this.prefetch(name));
      }
      grid.append(this.controls[name].name, ...this.controls[name].parts);
    }
    return grid;
  }

  makeButtons() {
    this.presets = Object.entries(this.model.get("presets"))
      .map(([text, values]) => [ticked(button(text, () => this.setAll("set", values), values)), values]);
    const again = (kind) => () => this.setAll(kind, this.requested);
    const training = this.trains ? [button("Train", again("set")), button("Stop", again("stop"))] : [];
    this.compare = ticked(button("Compare", () => this.pin(this.compared ? null : this.result)));
    const reset = button("Reset", () => {
      this.setAll("reset", this.model.get("defaults"));
      this.pin(null);
    }, this.model.get("defaults"));
    const own = [...training, this.compare, reset];
    for (const each of own) each.classList.add("own");
    return element("div", { className: "buttons" }, [...this.presets.map(([made]) => made), ...own]);
  }

  // Requests.

  post(content) {
    try {
      this.model.send(content);
    } catch { // its kernel was restarted or shut down
      this.note.textContent = UNANSWERED;
    }
  }

  send(kind) {
    this.isHeld = false;
    this.sent.push({ number: this.newest, at: performance.now() });
    this.post({ kind, view: this.id, number: this.newest, values: this.requested });
    this.wait(LOST);
  }

  wait(milliseconds) {
    clearTimeout(this.patience);
    this.patience = setTimeout(() => {
      this.note.textContent = UNANSWERED;
      this.sent = []; // they may be lost, and one that is held would wait for them for good
      if (this.isHeld) this.send("set");
    }, milliseconds);
  }

  request(kind, values) {
    this.requested = values;
    this.markPreset();
    this.root.dataset.request = this.newest += 1;
    this.sent = this.sent.filter(({ at }) => performance.now() - at < LOST);
    // A slider moves faster than pictures come: its latest value goes out with the next answer, the others never.
    this.isHeld = kind === "set" && this.sent.length >= MOST_UNANSWERED;
    if (!this.isHeld) this.send(kind);
    this.paintPrefetched();
  }

  setAll(kind, values) {
    this.showValues(values);
    this.request(kind, values);
    this.prefetch(this.lastUsed);
  }

  // Ask for what the other places of a control would show.
  prefetch(name) {
    this.lastUsed = name;
    if (this.trains) return;
    const isNew = (value) => !this.prefetched.has(keyOf({ ...this.requested, [name]: value }));
    const places = this.controls[name].values().filter(isNew);
    if (places.length) this.post({ kind: "prefetch", control: name, places, values: this.requested });
  }

  keepKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.key === "Escape") return;
    if (this.root.contains(event.target)) event.stopPropagation(); // controls of their own kind do without it
  };

  follow = (event) => {
    const link = event.target.closest?.(`a[href*="${LINK}"]`);
    const settings = link && settingsOf(link);
    if (!link || labFor(link, Object.keys(settings)) !== this.root) return;
    event.preventDefault();
    event.stopPropagation();
    for (const [name, text] of Object.entries(settings)) settings[name] = this.controls[name].valueOf(text);
    this.setAll("set", { ...this.requested, ...settings });
    this.root.scrollIntoView({ block: "nearest" });
  };

  // Answers.

  message = (content) => {
    if (content.kind === "prefetched") this.keep(content.entries);
    else this.receive(content);
  };

  keep(entries) {
    for (const entry of entries) {
      this.prefetched.set(keyOf(entry.values), entry);
      if (this.prefetched.size > MOST_PREFETCHED) this.prefetched.delete(this.prefetched.keys().next().value);
    }
    this.paintPrefetched();
    this.root.dataset.prefetched = Number(this.root.dataset.prefetched ?? 0) + entries.length;
  }

  receive(frame) {
    if (frame.number < this.shown) return;
    this.shown = frame.number;
    this.answered = Math.max(this.answered, frame.answers[this.id] ?? 0);
    this.sent = this.sent.filter(({ number }) => number > this.answered);
    if (this.isHeld && this.sent.length < MOST_UNANSWERED) this.send("set");
    const isNewest = this.answered === this.newest;
    if (isNewest) this.takeOver(frame);
    this.sentence.setAttribute("aria-busy", String(frame.running));
    if (isNewest || !this.prefetched.has(keyOf(this.requested))) this.paint(frame); // else what was requested is there
    Object.assign(this.root.dataset, { answered: this.answered, frame: frame.number, values: keyOf(frame.values) });
  }

  // Let the controls have the values of a frame that answers the newest request.
  takeOver({ values, running }) {
    clearTimeout(this.patience);
    if (running) this.wait(SILENT);
    this.note.textContent = "";
    const moved = Object.keys(this.controls).filter((name) => values[name] !== this.requested[name]);
    this.requested = values;
    this.markPreset();
    for (const name of moved) this.controls[name].show(values[name]); // somebody may be moving the others
  }

  // What is on the page.

  showValues(values) {
    for (const [name, control] of Object.entries(this.controls)) control.show(values[name]);
  }

  // The preset whose values these are, if there is one, looks pressed.
  markPreset() {
    for (const [made, values] of this.presets) {
      const isThis = Object.keys(values).every((name) => values[name] === this.requested[name]);
      made.setAttribute("aria-pressed", String(isThis));
    }
  }

  paintPrefetched() {
    const entry = this.answered === this.newest ? undefined : this.prefetched.get(keyOf(this.requested));
    if (entry) this.paint(entry);
  }

  paint({ values, numbers, sentence, failed = false, running = false }) {
    const key = keyOf(values);
    this.sentence.classList.toggle("failed", failed);
    if (!failed && !running) this.result = { numbers, sentence };
    if (!this.trains && this.painted?.key === key && this.painted.sentence === sentence) return; // was prefetched
    this.root.painted = this.painted = { key, numbers, sentence }; // there for tests
    this.sentence.textContent = sentence;
    this.redraw();
  }

  redraw() {
    this.image.draw(this.painted.numbers, this.compared?.numbers);
    const behind = this.compared ? ` Behind it, pale, for comparison: ${this.compared.sentence}` : "";
    this.image.root.setAttribute("aria-label", `${this.model.get("caption")}${behind} ${this.painted.sentence}`);
  }

  // Keep a result pale behind the others; null for none.
  pin(result) {
    this.compared = result;
    this.compare.setAttribute("aria-pressed", String(result !== null));
    this.before.textContent = result ? `Pale, for comparison: ${result.sentence}` : "";
    this.redraw();
  }
}

function render({ model, el }) {
  const lab = new LabView(model);
  el.append(lab.root);
  return () => lab.close();
}

export default { render };
