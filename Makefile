# `make` lists what there is to do. The work is done by the programs that the lines below call.
PYTHON ?=
STRESS_FLAGS ?=
LAB_FLAGS ?=
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
BENCH_FLAGS ?=
LOCK_FLAGS ?=
SEED ?= 1
TEST_FLAGS ?= --numprocesses=2 --dist=loadfile --no-loadscope-reorder

.PHONY: help setup lab test test-all book slides handouts clinic bench bench-course bench-labs stress margins lock notebooks clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

setup:  ## make .venv, if it is not there or out of date
	@PYTHON="$(PYTHON)" .ci/setup

lab: setup  ## open the start page in JupyterLab, the lessons beside it
	JUPYTER_PATH="$(CURDIR)/.venv/share/jupyter$${JUPYTER_PATH:+:$$JUPYTER_PATH}" \
	.venv/bin/jupyter lab --ServerApp.root_dir=notebooks --LabApp.app_settings_dir=.jupyterlab \
	    --LabApp.default_url=/lab/tree/00_start_here.ipynb $(LAB_FLAGS) $(AS_ROOT)

test: setup  ## check the code, the helpers, the start page and lessons: some minutes
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/pytest $(TEST_FLAGS) tests/unit $(wildcard notebooks/0*.ipynb)

test-all:  ## that, and all the rest: further parts, clinic, labs in a browser, book, slides, handouts, drawn data
	@PYTHON="$(PYTHON)" .ci/setup book
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/pytest $(TEST_FLAGS)

book:  ## the course as a site that opens without a network, made of the stored outputs
	@PYTHON="$(PYTHON)" .ci/setup book
	@rm -rf _build
	.venv/bin/sphinx-build --quiet --fail-on-warning --keep-going -c course/site -d _build/doctrees . _build/html
	@echo "Open _build/html/index.html in a browser."

slides: book  ## a deck for each lesson, of the cells that its metadata name; they lie in the book
	@echo "Open _build/html/slides/index.html in a browser."

handouts: setup  ## the learners' edition of all notebooks, without outputs, solutions and answers
	.venv/bin/python -m course.site.handouts handouts

clinic: setup  ## another issue of the clinic for a class: other seeds, order and disguise, with a key (SEED=4711)
	.venv/bin/python -m course.site.reissue $(SEED)

bench: setup  ## measure training against model.fit and the matrix products alone
	.venv/bin/python tools/bench_training.py

bench-course: setup  ## measure every lesson, time and memory, beside the source's trainings by model.fit
	.venv/bin/python tools/bench_course.py $(BENCH_FLAGS)

bench-labs: setup  ## measure how fast the labs answer, in JupyterLab in Chromium
	.venv/bin/python tools/bench_labs.py

stress: setup  ## for authors: do the lessons hold with other seeds, arithmetic, shaken weights, drawn data, longer runs? (STRESS_FLAGS="-- 01_")
	.venv/bin/python tools/stress.py $(STRESS_FLAGS)

margins: setup  ## for authors: how far is each claim from its bound, in standard deviations?
	.venv/bin/python tools/stress.py --margins $(STRESS_FLAGS)

notebooks: setup  ## for authors: run every lesson and store its output; the start page last, it quotes the others
	.venv/bin/jupyter nbconvert --to notebook --execute --inplace \
	    --ExecutePreprocessor.record_timing=False --ExecutePreprocessor.store_widget_state=False \
	    $(filter-out notebooks/00_%,$(wildcard notebooks/0*.ipynb)) notebooks/clinic.ipynb $(wildcard notebooks/further/0*.ipynb) \
	    notebooks/00_start_here.ipynb

lock: setup  ## for authors: write uv.lock anew (LOCK_FLAGS=--upgrade for newer libraries)
	@PATH="$(CURDIR)/.uv/bin:$(PATH)" uv lock $(LOCK_FLAGS)

clean:  ## remove .venv, uv, the book, the screenshots and the caches of the tools
	rm -rf .venv .uv artefacts _build .pytest_cache .ruff_cache *.egg-info
