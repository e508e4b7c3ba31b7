"""The clinic: what it asks and answers, that right treatments work and others do not, and how a class gets its own.

That the cells of the course's own notebook print what is stored is compared by strict nbval.
"""

import ast
import contextlib
import io
import json
import re

import nbformat
import numpy as np
import pytest
from notebook_files import CLINIC as NOTEBOOK
from notebook_files import FOLDER, code_cells, read
from teaching import GUIDE, rows

import helpers.data
from course.clinic import Clinic
from course.clinic.chart import CHOICES, HEALTHY, checked, network
from course.clinic.patients import PATIENTS, Issue
from course.clinic.probes import PROBES, longest
from course.clinic.verdict import hint, judge
from course.site.reissue import reissued, write
from helpers.data import draw_garments

NUMBERS = range(1, len(PATIENTS) + 1)
ISSUES = (1, 4711, 2**40)
each_patient = pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.name)


def text_of(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.fixture(scope="module")
def garments():
    return draw_garments(6_400, 500, 10, seed=0)


@pytest.fixture(scope="module")
def clinic(garments):
    return Clinic(garments)


def printed_by(call, *arguments):
    with contextlib.redirect_stdout(io.StringIO()) as text:
        call(*arguments)
    return text.getvalue()


def assert_sections_are_about(patients, notebook):
    """Check that each section speaks of its own patient alone, and that its solution has the key's probes and fix."""
    text = "\n\n".join(cell.source for cell in notebook.cells) + "\n\n## End"
    for number, patient in zip(NUMBERS, patients, strict=True):
        heads = f"## Patient {number}", f"### Solution of patient {number}"
        section, solution = (re.search(rf"(?ms)^{head}\n.*?(?=^###? )", text)[0] for head in heads)
        numbers = re.findall(r"(?:clinic\.\w+\(|[Pp]atient[ -])(\d+)", section + solution)
        assert {*numbers} == {str(number)}
        assert re.findall(r"clinic\.(\w+)", section) == ["admit", "predict", "examine", "treat"]
        assert tuple(re.findall(r'clinic\.examine\(\d+, "(.+)"\)', solution)) == patient.probes
        assert ast.literal_eval(re.findall(r"(?:fix = |treat\(\d+, )(\{.*\})", solution)[-1]) == patient.fix
        for target, anchor in re.findall(r"\]\((\w+\.ipynb)#([^)\s]+)\)", section):
            headings = re.findall(r"(?m)^##+ (.+)$", text_of(read(FOLDER / target)))
            assert anchor in [heading.replace(" ", "-") for heading in headings], anchor


def test_each_section_of_the_notebook_is_about_its_patient():
    assert_sections_are_about(PATIENTS, read(NOTEBOOK))


def test_solutions_are_folded_at_the_end_and_each_has_a_link():
    cells = read(NOTEBOOK).cells
    (start,) = [place for place, cell in enumerate(cells) if cell.source.startswith("## Solutions")]
    for cell in cells[start:]:
        if cell.cell_type == "code":
            assert cell.metadata.jupyter == {"source_hidden": True, "outputs_hidden": True}
            assert {"hide-input", "hide-output", "solution"} <= set(cell.metadata.tags)
    assert not any(re.search(r"claim\(|answer\(", cell.source) for cell in cells[:start])
    links = re.findall(r"\]\(#Solution-of-patient-(\d+)\)", text_of(read(NOTEBOOK)))
    assert links == [str(number) for number in NUMBERS]


def test_what_the_notebook_names_can_be_used():
    text = text_of(read(NOTEBOOK))
    assert re.findall(r'(?m)^\| `"([a-z ]+)"` \|', text) == [*PROBES]
    listed = dict(re.findall(r'(?m)^- `"([a-z ]+)"`: (.+)$', text))
    for key, values in CHOICES.items():
        assert tuple(ast.literal_eval(f"[{listed[key].replace('`', '')}]")) == values
    assert all(f'`"{key}"`' in text for key in HEALTHY)


@each_patient
def test_a_patient_is_well_formed(patient):
    twin = HEALTHY | patient.twin
    assert patient.complaint != patient.other_complaint
    assert patient.right in patient.diagnoses and len(patient.diagnoses) >= 3
    assert {*patient.probes, *patient.inconclusive} <= set(PROBES)
    assert not set(patient.probes) & set(patient.inconclusive) and not set(patient.disguises) & set(patient.ill)
    assert len(patient.partial_fixes) >= 2 and bool(patient.fix) is bool(patient.ill)
    for changes in (patient.fix, *(half for half, _ in patient.partial_fixes)):
        assert checked(twin | patient.ill, changes) == changes
        for disguised, values in patient.disguises.items():  # a disguise must not make one of them no change
            assert changes.get(disguised) not in values
    assert all(twin[key] != value for key, value in patient.ill.items())
    for key, values in patient.disguises.items():
        assert key in ("layers", "units") or all(checked(HEALTHY | {key: None}, {key: value}) for value in values)


@each_patient
def test_a_partial_fix_has_its_own_reply_and_other_changes_to_the_same_keys_get_one_too(patient):
    for changes, reply in patient.partial_fixes:
        assert hint(patient, changes) == reply
    first = next(half for half, _ in patient.partial_fixes if len(half) == 1)
    assert hint(patient, dict.fromkeys(first, "another")) in {reply for _, reply in patient.partial_fixes}
    assert hint(patient, {"units": 1}).startswith("Its accuracy is still below its twin's.")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (None, "A treatment is a dict"),
        ({"rate": 0.1}, "'rate' is not on the chart"),
        ({"layers": 5}, "cannot be changed"),
        ({"activation": "reluu"}, "'activation' can be 'relu'"),
        ({"activation": np.ones(2)}, "'activation' can be 'relu'"),
        ({"training mode at inference": 1}, "can be False, True; this is 1"),
        ({"block": "recurrent"}, "A recurrent network stays recurrent"),
        ({"clipping": ("norm", 1.0)}, "with a positive number, such as"),
        ({"clipping": ("clipnorm", 0)}, r"this is ('clipnorm', 0)"),
        ({"learning rate": [0.1]}, "'learning rate' can be a positive number"),
        ({"learning rate": float("nan")}, "this is nan"),
        ({"learning rate": 10**400}, "'learning rate' can be a positive number"),
        ({"learning rate": -1}, "this is -1"),
        ({"batch size": 32.0}, "'batch size' can be a power of 2 up to 64, written as a whole number; this is 32.0"),
        ({"batch size": True}, "written as a whole number; this is True"),
    ],
    ids=str,
)
def test_a_treatment_that_cannot_be_is_refused_in_words(clinic, changes, words):
    assert words in printed_by(clinic.treat, 1, changes)
    with pytest.raises(ValueError, match=re.escape(words)):
        clinic.gain(1, changes)


def test_numbers_of_other_kinds_are_taken_and_what_stands_on_the_chart_already_is_no_change():
    changes = {
        "learning rate": np.float32(0.5),
        "batch size": np.int64(16),
        "clipping": ["clipnorm", 2],
        "block": "plain",
    }
    assert (
        json.dumps(checked(HEALTHY, changes))
        == '{"learning rate": 0.5, "batch size": 16, "clipping": ["clipnorm", 2.0]}'
    )


@pytest.mark.parametrize("number", [0, 11, 1.0, True, "1", [1], float("nan"), ...], ids=str)
def test_who_is_no_patient_is_refused(clinic, number):
    for method in (clinic.admit, clinic.predict, clinic.answer):
        with pytest.raises(ValueError, match=re.escape(f"no patient {number!r}; there are 1 to 10")):
            method(number)
    for method in (clinic.examine, clinic.treat, clinic.measure, clinic.gain):
        with pytest.raises(ValueError, match="no patient"):
            method(number, ...)


def test_what_no_clinic_can_be_made_of_is_refused(garments):
    for number in (-1, 1.0, True, "1", None):
        with pytest.raises(ValueError, match="take a whole number"):
            Clinic(garments, issue=number)
    with pytest.raises(TypeError, match=r"load_fashion_mnist\(\) returns; this is "):
        Clinic(garments.x_train)
    with pytest.raises(ValueError, match="take 6,400 training and 500 validation images"):
        Clinic(garments.first(100))


def test_a_chart_makes_the_network_that_it_says():
    residual = network(HEALTHY | {"layers": 3, "units": 8, "block": "residual", "clipping": ("clipnorm", 2.0)})
    hidden = [layer.name for layer in residual.layers if layer.name.startswith("hidden_")]
    assert hidden == ["hidden_1", "hidden_2", "hidden_3"] and residual.optimizer.clipnorm == 2.0
    normalized = network(HEALTHY | {"normalization": "batch", "units": 8, "activation": "elu"})
    assert [type(layer).__name__ for layer in normalized.layers[2:5]] == ["Dense", "BatchNormalization", "Activation"]
    recurrent = network(HEALTHY | {"block": "recurrent", "units": 8, "initializer": "glorot_uniform"})
    assert recurrent.get_layer("hidden_1").activation.__name__ == "relu"


def test_recovered_is_what_is_close_to_its_twin_from_each_seed():
    patient, twin = PATIENTS[0], np.array([0.8, 0.8, 0.8])
    changes = {"initializer": "he_normal"}
    assert judge(patient, changes, twin - patient.margin + 0.001, twin) == "recovered"
    assert judge(patient, changes, np.array([0.9, 0.9, 0.7]), twin).startswith("not yet")
    assert judge(patient, changes, np.array([0.9, 0.9, np.nan]), twin).startswith("not yet")
    assert "Which one did it?" in judge(patient, changes | {"learning rate": 0.1, "activation": "elu"}, twin, twin)
    (healthy,) = [patient for patient in PATIENTS if not patient.ill]
    assert judge(healthy, {}, twin, twin).startswith("discharged")
    assert judge(healthy, {"learning rate": 0.005}, twin, twin).startswith("not yet")


def test_of_runs_that_diverge_the_one_that_lived_longest_is_drawn_with_its_twin():
    patient = np.array([[1, np.nan, np.nan], [2, 3, np.nan]])
    drawn = longest({"patient": patient, "twin": np.ones((2, 3)) * [[4], [5]]})
    assert drawn["patient"].tolist()[0][:2] == [2, 3] and drawn["twin"].tolist() == [[5, 5, 5]]
    both = {"patient": np.ones((2, 3)), "twin": np.ones((2, 3))}
    assert longest(both) is both


@pytest.mark.parametrize("probe", ["dead units", "images at a time"])
def test_of_a_network_that_has_diverged_nothing_is_measured_and_that_is_drawn(clinic, probe):
    assert np.isnan(clinic.measure(9, probe)["patient"]).all() and np.isfinite(clinic.measure(9, probe)["twin"]).all()
    clinic.examine(9, probe)


def test_nothing_is_trained_where_nothing_is_changed(clinic):
    assert "This changes nothing, and something is wrong" in printed_by(clinic.treat, 1, {})
    assert "This changes nothing" in printed_by(clinic.treat, 1, {"initializer": "glorot_uniform"})


def test_the_chart_is_shown_as_python_once_a_probe_has_been_used(garments):
    clinic = Clinic(garments)
    for nothing in (..., "loss"):
        clinic.examine(3, nothing)
        text = printed_by(clinic.treat, 3, ...)
        assert text == "patient 3: no treatment yet. After a probe, this cell prints its chart\n"
    clinic.examine(3, "outputs")
    _, chart = printed_by(clinic.treat, 3, ...).split("Its chart:\n")
    assert ast.literal_eval(chart) == HEALTHY | PATIENTS[2].twin | PATIENTS[2].ill
    assert "prints its chart" in printed_by(clinic.treat, 2, ...)


def test_a_probe_that_cannot_be_asked_is_told_so_and_one_that_decides_nothing_too(clinic):
    assert 'no probe chosen yet. Choose one of "outputs", "gradients"' in printed_by(clinic.examine, 1, ...)
    for wrong in ("loss", 3, ["outputs"], None):
        assert f"there is no probe {wrong!r}. Choose one of" in printed_by(clinic.examine, 1, wrong)
        with pytest.raises(ValueError, match="there is no probe"):
            clinic.measure(1, wrong)
    assert "has no such layer. Choose another" in printed_by(clinic.examine, 3, "values")
    assert PATIENTS[0].inconclusive["values"] in printed_by(clinic.examine, 1, "values")


def test_admitting_and_asking_show_the_patient_s_words_and_not_what_is_right(clinic, monkeypatch):
    shown, patient = [], PATIENTS[7]
    for name in ("course.clinic.ward.display", "course.ask.predictions.display"):
        monkeypatch.setattr(name, lambda what, **options: shown.append(what))
    for method in (clinic.admit, clinic.predict):
        method(8)
    complaint, prediction = shown
    assert complaint["text/plain"] == patient.complaint
    assert prediction.options == {letter: diagnosis for letter, (diagnosis, _) in patient.diagnoses.items()}
    state = json.dumps(prediction.get_state(), default=str)
    assert not any(sentence in state for _, sentence in patient.diagnoses.values())
    clinic.answer(8)
    assert shown[-1]["text/plain"].startswith(f"**{patient.right} is right:** *{patient.diagnoses[patient.right][0]}")


@pytest.mark.parametrize("number", ISSUES)
def test_an_issue_has_all_patients_in_another_order_and_disguise_and_is_always_the_same(number):
    issue, again = Issue(number), Issue(number)
    assert (issue.order, issue.seeds, issue.patients) == (again.order, again.seeds, again.patients)
    assert issue.order != Issue(0).order and not set(issue.seeds) & set(Issue(0).seeds)
    assert sorted(issue.order) == [*range(len(PATIENTS))]
    for place, patient in zip(issue.order, issue.patients, strict=True):
        own = PATIENTS[place]
        assert (patient.name, patient.ill, patient.fix) == (own.name, own.ill, own.fix)
        assert patient.complaint == own.other_complaint
        assert sorted(patient.diagnoses.values()) == sorted(own.diagnoses.values())
        assert patient.diagnoses[patient.right] == own.diagnoses[own.right]
    assert [patient.right for patient in issue.patients] != [PATIENTS[place].right for place in issue.order]


@pytest.mark.parametrize("number", ISSUES)
def test_a_reissued_notebook_differs_in_its_number_its_hints_and_its_solutions(number):
    issue, course = Issue(number), read(NOTEBOOK)
    course.cells[0].source += " Patient 11 is not there."
    notebook = reissued(course, issue)
    nbformat.validate(notebook)
    assert_sections_are_about(issue.patients, notebook)
    assert notebook.cells[0].source.endswith(" Patient 11 is not there.")
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code_cells(notebook))
    changed = [new.source for new, old in zip(notebook.cells, course.cells, strict=True) if new.source != old.source]
    in_view = [source for source in changed[1:] if "olution" not in source]
    assert in_view == [f"import numpy as np\n\nclinic = Clinic(data, issue={number})"]
    hints, own = (
        [cell.source.split("\n", 1)[1] for cell in each.cells if "Hint 1" in cell.source] for each in (notebook, course)
    )
    assert hints == [own[place] for place in issue.order]


def test_the_files_of_an_issue_are_a_notebook_without_solutions_one_with_them_and_the_key(tmp_path):
    learners, solved, key = write(4711, tmp_path / "new")
    kept = [cell.id for cell in read(solved).cells if not re.match(r"#+ Solution", cell.source)]
    assert [cell.id for cell in read(learners).cells if cell.id != "learners-edition"] == kept
    text, patients = learners.read_text(encoding="utf-8"), Issue(4711).patients
    assert not re.search(r"Solution|answer\(|claim\(", text)
    assert not any(words in text for patient in patients for words in sum(patient.diagnoses.values(), ()))
    table = [line for line in key.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
    for line, patient in zip(table, patients, strict=True):
        cells = [cell.strip() for cell in line.split("|")][2:-1]
        assert cells == [patient.name, patient.right, " and ".join(patient.probes), f"`{patient.fix}`"]
    again = write(4711, tmp_path / "again")
    assert [path.read_bytes() for path in (learners, solved, key)] == [path.read_bytes() for path in again]


def test_the_course_s_own_number_is_no_issue_for_a_class(tmp_path):
    with pytest.raises(ValueError, match="issue 0"):
        write(0, tmp_path)


def test_a_reissued_clinic_runs_all_claims_hold_right_treatments_work_and_others_do_not(garments, monkeypatch):
    monkeypatch.setattr(helpers.data, "load_fashion_mnist", lambda: garments)
    issue, names, lines = Issue(4711), {}, []
    for cell in code_cells(reissued(read(NOTEBOOK), issue)):
        lines += printed_by(exec, cell.source, names).splitlines()
    assert not [line for line in lines if line.startswith("does not hold here")]
    for number, patient in zip(NUMBERS, issue.patients, strict=True):
        *_, verdict = (line for line in lines if line.startswith(f"patient {number}: "))
        assert verdict.startswith(f"patient {number}: {'recovered' if patient.ill else 'discharged'}")
        changes, reply = patient.partial_fixes[0]
        first, second = printed_by(names["clinic"].treat, number, changes).splitlines()
        assert first == f"patient {number}: not yet. {reply}"
        assert re.fullmatch(
            r" {7}measured accuracy [^;]+; needed from each seed: at most 0\.\d+ below the twin", second
        )


def test_the_guide_s_page_has_the_diagnosis_the_probe_and_the_fix_of_each_patient():
    page = GUIDE.read_text(encoding="utf-8").split("## The clinic")[1]
    for number, (row, patient) in enumerate(zip(rows(page, "patient"), PATIENTS, strict=True), start=1):
        right, probes = f"**{patient.right}**", " and ".join(patient.probes)
        assert row[:5] == [str(number), patient.name, right, probes, f"`{patient.fix}`"]
