"""The clinic: its notebook agrees with its patients, wrong cures are answered by name, and it can be reissued.

That the solutions cure, and that the stubs say "not attempted yet", is compared by strict nbval in the notebook itself.
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
from notebook_files import FOLDER, code_cells, printed, read
from reading_time import calls
from teaching import GUIDE, rows

from course.clinic import Clinic
from course.clinic.chart import CHOICES, HEALTHY, in_words, network, wrong_with
from course.clinic.issue import Issue
from course.clinic.patients import PATIENTS
from course.clinic.probes import PROBES, longest
from course.clinic.reissue import SECTION, reissued, without_solutions, write
from course.clinic.verdict import hint, judge
from helpers.data import draw_garments

NUMBERS = range(1, len(PATIENTS) + 1)
ISSUES = (1, 2, 4711, 2**40)
each_patient = pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.name)


def sections(notebook):
    """Return the cells of each patient, by number: its own, and those of its solution."""
    found, here = {}, []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.match(r"## |### ", cell.source):
            number = SECTION.match(cell.source)
            here = found.setdefault(int(number[1] or number[2]), []) if number else []
        here.append(cell)
    return found


def prediction(cells):
    """Return the options, the sentences of the answer, and the right letter."""
    sources = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    (asked,), (told,) = calls(sources, "predict"), calls(sources, "answer")
    options, sentences = ({each.arg: each.value.value for each in call.keywords} for call in (asked, told))
    return options, sentences, told.args[1].value


def calls_of(cells, method):
    """Return the arguments of each call of a method of the clinic, as they are written."""
    trees = [ast.parse(cell.source) for cell in cells if cell.cell_type == "code"]
    found = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        [ast.unparse(each) for each in call.args]
        for call in found
        if isinstance(call.func, ast.Attribute) and call.func.attr == method
    ]


def dicts_of(cell):
    """Return the dicts that a cell writes down, in their order."""
    nodes = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Dict)]
    return [ast.literal_eval(node) for node in sorted(nodes, key=lambda node: node.lineno)]


def solution_of(cells, method):
    """Return the source of the folded solutions that call a method of the clinic."""
    solutions = [cell for cell in cells if cell.source.startswith("# Solution")]
    return [cell for cell in solutions if calls_of([cell], method)]


COURSE = sections(read(NOTEBOOK))


def test_it_has_eight_ill_patients_one_healthy_one_and_one_with_two_illnesses():
    healthy = [patient for patient in PATIENTS if not patient.ill]
    assert len(PATIENTS) == 10 and len(healthy) == 1 and healthy[0].cure == {}
    assert [*COURSE] == [*NUMBERS]


def test_the_table_of_probes_says_what_they_look_at():
    text = "\n".join(cell.source for cell in read(NOTEBOOK).cells if cell.cell_type == "markdown")
    told = re.findall(r'(?m)^\| `"([a-z ]+)"` \| ([^|]+) \|', text)
    assert dict(told) == {name: probe.looks_at for name, probe in PROBES.items()}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_section_is_about_its_patient_and_its_own_number(number):
    patient, cells = PATIENTS[number - 1], COURSE[number]
    assert cells[0].source == f"## Patient {number}\n\n> {patient.complaints[0]}"
    (probe_cell,) = solution_of(cells, "examine")
    assert calls_of([probe_cell], "examine") == [[str(number), repr(probe)] for probe in patient.probes]
    (cure_cell,) = solution_of(cells, "treat")
    assert dicts_of(cure_cell)[-1] == patient.cure
    for method in ("admit", "examine", "measure", "treat", "gain"):
        assert {arguments[0] for arguments in calls_of(cells, method)} <= {str(number)}
    assert not re.search(rf"[Pp]atient (?!{number}\b)\d", "\n".join(cell.source for cell in cells))


@pytest.mark.parametrize("number", NUMBERS)
def test_stubs_are_not_attempted_yet_and_the_solution_cures(number):
    cells = code_cells(nbformat.from_dict({"cells": COURSE[number]}))
    stubs = [cell for cell in cells if "..." in cell.source]
    assert len(stubs) == 2
    for stub in stubs:
        assert printed(stub).startswith(f"patient {number}: not attempted yet. ")
        assert len(stub.source.splitlines()) == 2
    (cure_cell,) = solution_of(cells, "treat")
    wanted = "recovered" if PATIENTS[number - 1].ill else "discharged"
    verdicts = [line for line in printed(cure_cell).splitlines() if line.startswith("patient ")]
    half_cures = [half for half, _ in PATIENTS[number - 1].half_cures]
    for changes, verdict in zip(dicts_of(cure_cell), verdicts, strict=True):
        expected = "not yet" if changes in half_cures else wanted
        assert verdict.startswith(f"patient {number}: {expected}")


@pytest.mark.parametrize("number", NUMBERS)
def test_solutions_are_folded_with_what_they_show_and_begin_as_those_of_the_lessons(number):
    solutions = [cell for cell in COURSE[number] if cell.source.startswith("# Solution")]
    assert len(solutions) == 4
    for cell in solutions:
        assert cell.metadata.jupyter == {"source_hidden": True, "outputs_hidden": True}
        assert {"hide-input", "hide-output"} <= set(cell.metadata.tags)
    others = [cell.source for cell in COURSE[number] if cell not in solutions and cell.cell_type == "code"]
    assert not any("claim(" in source or "answer(" in source for source in others)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_solution_is_at_the_end_where_nobody_runs_into_it_and_has_a_link(number):
    ids = [cell.id for cell in read(NOTEBOOK).cells]
    place = [ids.index(cell.id) for cell in COURSE[number] if cell.source.startswith("# Solution")]
    assert min(place) > max(ids.index(cells[4].id) for cells in COURSE.values())
    assert sum(f"](#Solution-of-patient-{number})" in cell.source for cell in COURSE[number]) == 1


@pytest.mark.parametrize("number", NUMBERS)
def test_each_patient_has_its_diagnoses_and_three_hints_whose_sections_are_there(number):
    options, sentences, right = prediction(COURSE[number])
    assert options.keys() == sentences.keys() and right in options and len(options) >= 3
    (hints,) = [cell.source for cell in COURSE[number] if "<details>" in cell.source]
    assert re.findall(r"<summary>Hint (\d)", hints) == ["1", "2", "3"]
    for target, anchor in re.findall(r"\]\((\w+\.ipynb)#([^)\s]+)\)", hints):
        text = "\n".join(cell.source for cell in read(FOLDER / target).cells if cell.cell_type == "markdown")
        assert anchor in [title.replace(" ", "-") for title in re.findall(r"(?m)^##+ (.+)$", text)], anchor


@each_patient
def test_a_patient_is_well_formed(patient):
    twin = HEALTHY | patient.twin
    assert len(set(patient.complaints)) == 2
    assert set(patient.probes) | set(patient.others) <= set(PROBES)
    assert not set(patient.probes) & set(patient.others)
    assert len(patient.half_cures) >= 2
    for changes in (patient.cure, *(half for half, _ in patient.half_cures)):
        assert wrong_with(twin | patient.ill, changes) is None
    assert not set(patient.disguises) & set(patient.ill)
    for key, values in patient.disguises.items():
        assert all(key in ("layers", "units") or wrong_with(twin, {key: value}) is None for value in values)
    assert all(twin[key] != value for key, value in patient.ill.items())
    for changes in (half for half, _ in patient.half_cures):  # a disguise must not make one of them no change
        assert not any(value in patient.disguises.get(key, ()) for key, value in changes.items())


@each_patient
def test_a_half_cure_is_answered_by_its_own_name_and_others_to_the_same_keys_too(patient):
    for changes, said in patient.half_cures:
        assert hint(patient, changes) == said
    first, said = next((half, said) for half, said in patient.half_cures if len(half) == 1)
    assert hint(patient, dict.fromkeys(first, "another")) in {text for _, text in patient.half_cures}
    assert hint(patient, {"units": 1}).startswith("It is still behind its twin.")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (None, "A treatment is a dict"),
        ("he_normal", "A treatment is a dict"),
        ({"learning rate": 0.1}, "'learning rate' does not stand on the chart"),
        ({"layers": 5}, "are given"),
        ({"units": 200}, "are given"),
        ({"activation": "reluu"}, "'activation' can be 'relu'"),
        ({"inputs": None}, "'inputs' can be"),
        ({"training flag in use": "no"}, "can be False, True"),
        ({"block": "recurrent"}, "A recurrent network stays one"),
        ({"clipping": 1.0}, "a pair such as"),
        ({"clipping": ("norm", 1.0)}, "a pair such as"),
        ({"clipping": ("clipnorm", 0)}, "a pair such as"),
        ({"rate": "small"}, "'rate' is a number"),
        ({"rate": float("nan")}, "'rate' is a number"),
        ({"rate": -1}, "'rate' is a number"),
        ({"batch size": 0}, "'batch size' is a number"),
        ({"batch size": 33}, "power of 2"),
    ],
    ids=str,
)
def test_a_treatment_that_cannot_be_is_told_what_is_wrong_with_it(changes, words):
    assert words in wrong_with(HEALTHY, changes)


def test_a_chart_makes_the_network_that_it_says():
    residual = network(HEALTHY | {"layers": 3, "units": 8, "block": "residual", "clipping": ("clipnorm", 2.0)})
    assert [layer.name for layer in residual.layers if layer.name.startswith("hidden_")] == [
        "hidden_1",
        "hidden_2",
        "hidden_3",
    ]
    assert residual.optimizer.clipnorm == 2.0
    normalized = network(HEALTHY | {"normalization": "batch", "units": 8, "activation": "elu"})
    assert [type(layer).__name__ for layer in normalized.layers[2:5]] == ["Dense", "BatchNormalization", "Activation"]
    recurrent = network(HEALTHY | {"block": "recurrent", "units": 8, "initializer": "glorot_uniform"})
    assert recurrent.get_layer("hidden_1").activation.__name__ == "relu"
    assert ast.literal_eval(in_words(HEALTHY)) == HEALTHY


def test_recovered_is_what_is_close_to_its_twin_from_each_seed():
    patient, twin = PATIENTS[0], np.array([0.8, 0.8, 0.8])
    changes = {"initializer": "he_normal"}
    assert judge(patient, changes, twin - patient.margin + 0.001, twin).said == "recovered"
    assert not judge(patient, changes, np.array([0.9, 0.9, 0.7]), twin).recovered
    assert not judge(patient, changes, np.array([0.9, 0.9, np.nan]), twin).recovered
    assert "which did it?" in judge(patient, changes | {"rate": 0.1, "activation": "elu"}, twin, twin).said
    (healthy,) = [patient for patient in PATIENTS if not patient.ill]
    assert judge(healthy, {}, twin, twin).said.startswith("discharged")
    assert not judge(healthy, {"rate": 0.005}, twin, twin).recovered


def test_of_runs_that_diverge_the_one_that_lived_longest_is_drawn_with_its_twin():
    patient = np.array([[1, np.nan, np.nan], [2, 3, np.nan]])
    drawn = longest({"patient": patient, "twin": np.ones((2, 3)) * [[4], [5]]})
    assert drawn["patient"].tolist()[0][:2] == [2, 3] and drawn["twin"].tolist() == [[5, 5, 5]]
    both = {"patient": np.ones((2, 3)), "twin": np.ones((2, 3))}
    assert longest(both) is both


@pytest.fixture(scope="module")
def clinic():
    return Clinic(draw_garments(6_400, 500, 10, seed=0))


def said_by(call, *arguments):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        call(*arguments)
    return said.getvalue()


@pytest.mark.parametrize("number", NUMBERS)
def test_a_typical_wrong_cure_fails_with_its_hint(clinic, number):
    changes, words = PATIENTS[number - 1].half_cures[0]
    first, second = said_by(clinic.treat, number, changes).splitlines()
    assert first == f"patient {number}: not yet. {words}"
    assert re.fullmatch(r" {7}measured accuracy [^;]+; needed: from each seed at most 0\.\d+ behind", second)


def test_nothing_is_trained_for_what_is_no_treatment(clinic):
    assert "not attempted yet" in said_by(clinic.treat, 1, ...)
    assert "Nothing is changed, and it is ill" in said_by(clinic.treat, 1, {})
    assert "Nothing is changed" in said_by(clinic.treat, 1, {"initializer": "glorot_uniform"})
    assert "does not stand on the chart" in said_by(clinic.treat, 1, {"depth": 3})
    with pytest.raises(ValueError, match="no patient 11; there are 1 to 10"):
        clinic.treat(11, {})


def test_the_chart_is_shown_once_a_probe_has_been_used():
    ward = Clinic(draw_garments(n_train=6400, n_valid=500, n_test=10))
    assert said_by(ward.treat, 1, ...) == "patient 1: not attempted yet. After a probe you get its chart here\n"
    for nothing in (..., "loss"):
        ward.examine(1, nothing)
        assert "chart here" in said_by(ward.treat, 1, ...)
    ward.examine(1, "outputs")
    assert said_by(ward.treat, 1, ...).endswith("Its chart:\n" + in_words(ward.sides(1)["patient"].chart) + "\n")
    assert "chart here" in said_by(ward.treat, 2, ...)


def test_the_notebook_names_all_that_can_stand_on_a_chart():
    text = "\n".join(cell.source for cell in read(NOTEBOOK).cells if cell.cell_type == "markdown")
    told = dict(re.findall(r'(?m)^- `"([a-z ]+)"`: (.+)$', text))
    for key, values in CHOICES.items():
        assert tuple(ast.literal_eval(f"[{told[key].replace('`', '')}]")) == values
    assert set(HEALTHY) - set(CHOICES) == {"layers", "units", "rate", "clipping", "batch size"}
    assert all(f'`"{key}"`' in text for key in HEALTHY)


def test_a_probe_that_cannot_be_asked_is_told_so_and_one_that_decides_nothing_too(clinic):
    assert 'not attempted yet. Choose a probe: "outputs", "gradients"' in said_by(clinic.examine, 1, ...)
    for wrong in ("loss", 3, ["outputs"], None):
        assert "there is no probe" in said_by(clinic.examine, 1, wrong)
    assert "has no such layer" in said_by(clinic.examine, 3, "values")
    assert PATIENTS[0].others["values"] in said_by(clinic.examine, 1, "values")


@pytest.mark.parametrize("number", ISSUES)
def test_an_issue_has_all_patients_in_another_order_with_other_seeds_and_is_always_the_same(number):
    issue, again = Issue(number), Issue(number)
    assert sorted(patient.name for patient in issue.patients) == sorted(patient.name for patient in PATIENTS)
    assert [patient.twin for patient in issue.patients] == [patient.twin for patient in again.patients]
    assert (issue.order, issue.seeds) == (again.order, again.seeds)
    assert issue.order != Issue(0).order and not set(issue.seeds) & set(Issue(0).seeds)
    for place, patient in zip(issue.order, issue.patients, strict=True):
        assert (patient.ill, patient.cure) == (PATIENTS[place].ill, PATIENTS[place].cure)


def test_no_two_issues_are_alike():
    assert len({(Issue(number).order, Issue(number).seeds) for number in ISSUES}) == len(ISSUES)
    assert Issue(0).patients == PATIENTS


@pytest.mark.parametrize("number", ISSUES)
def test_a_reissued_notebook_has_the_same_patients_under_other_numbers_and_letters(number):
    issue = Issue(number)
    solved, letters = reissued(read(NOTEBOOK), issue)
    nbformat.validate(solved)
    found = sections(solved)
    assert [*found] == [*NUMBERS]
    for new, place in zip(NUMBERS, issue.order, strict=True):
        cells, patient = found[new], issue.patients[new - 1]
        assert cells[0].source == f"## Patient {new}\n\n> {patient.complaints[1]}"
        for method in ("admit", "examine", "measure", "treat", "gain"):
            assert {arguments[0] for arguments in calls_of(cells, method)} <= {str(new)}
        options, sentences, right = prediction(cells)
        old_options, old_sentences, old_right = prediction(COURSE[place + 1])
        assert (options[right], sentences[right]) == (old_options[old_right], old_sentences[old_right])
        assert dict(zip(options.values(), sentences.values(), strict=True)) == dict(
            zip(old_options.values(), (old_sentences[letter] for letter in old_options), strict=True)
        )
        assert [*options] == sorted(options) and right == letters[new - 1]
        assert ast.literal_eval(calls_of(solution_of(cells, "treat"), "treat")[-1][1].replace("cure", "{}")) == {}
    assert any(f"issue={number})" in cell.source for cell in code_cells(solved))
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code_cells(solved))


@pytest.mark.parametrize("number", ISSUES)
def test_the_files_of_an_issue_are_a_notebook_without_solutions_one_with_them_and_the_key(number, tmp_path):
    learners, solved, key = write(number, tmp_path / "new")
    n_solutions = sum(cell.source.startswith("# Solution") for cell in read(NOTEBOOK).cells)
    text = learners.read_text(encoding="utf-8")
    assert "# Solution" not in text and "answer(" not in text and "claim(\\n" not in text
    assert sum(cell.source.startswith("# Solution") for cell in read(solved).cells) == n_solutions
    ids = [cell.id for cell in read(learners).cells]
    assert not set(ids) & {cell.id for cell in read(NOTEBOOK).cells}
    table = [line for line in key.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
    issue = Issue(number)
    assert len(table) == len(PATIENTS)
    for line, patient in zip(table, issue.patients, strict=True):
        _, _, name, letter, probes, cure, _ = (cell.strip() for cell in line.split("|"))
        assert (name, cure) == (patient.name, f"`{patient.cure}`") and probes == " and ".join(patient.probes)
        assert letter in "ABCD"
    again = write(number, tmp_path / "again")
    assert [path.read_bytes() for path in (learners, solved, key)] == [path.read_bytes() for path in again]


def test_the_course_s_own_number_is_no_issue_for_a_class(tmp_path):
    with pytest.raises(ValueError, match="from 1 on"):
        write(0, tmp_path)


def test_the_solutions_can_be_taken_out_and_nothing_else_is():
    notebook = read(NOTEBOOK)
    rest = without_solutions(notebook)
    taken = [cell for cell in notebook.cells if cell.id not in {each.id for each in rest.cells}]
    n = len(PATIENTS)
    assert sum(cell.source.startswith("# Solution") for cell in taken) == 4 * n
    assert sum(cell.source.startswith("### Solution of patient") for cell in taken) == n
    assert len(taken) == 5 * n + 1 and "olution" not in json.dumps([cell.source for cell in rest.cells])


def test_the_guide_s_page_has_the_diagnosis_the_probe_and_the_cure_of_each_patient():
    page = GUIDE.read_text(encoding="utf-8").split("## The clinic")[1]
    for number, (row, patient) in enumerate(zip(rows(page, "patient"), PATIENTS, strict=True), start=1):
        first, what, letter, probes, cure, *_ = row
        assert (first, what) == (str(number), patient.name)
        assert letter == f"**{prediction(COURSE[number])[2]}**"
        assert (probes, cure) == (" and ".join(patient.probes), f"`{patient.cure}`")
