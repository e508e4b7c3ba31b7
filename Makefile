# `make` lists what there is to do. The work is done by the programs that the lines below call.
PYTHON ?= python3
LAB_FLAGS ?=
LOCK_FLAGS ?=
TEST_FLAGS ?= --numprocesses=2 --dist=loadfile --no-loadscope-reorder

.PHONY: help setup lab test bench bench-labs lock notebooks clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

setup:  ## make .venv, if it is not there or out of date
	@$(PYTHON) .ci/make_venv.py

lab: setup  ## open the lessons in JupyterLab
	.venv/bin/jupyter lab --ServerApp.root_dir=notebooks $(LAB_FLAGS)

test: setup  ## check the code, the helpers and every lesson: all that CI runs
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/pytest $(TEST_FLAGS)

bench: setup  ## measure training against model.fit and the matrix products alone
	.venv/bin/python tests/bench_training.py

bench-labs: setup  ## measure how fast the labs answer, in JupyterLab in Chromium
	.venv/bin/python tests/bench_labs.py

notebooks: setup  ## for authors: run every lesson and store its output
	.venv/bin/jupyter nbconvert --to notebook --execute --inplace \
	    --ExecutePreprocessor.record_timing=False notebooks/*.ipynb

lock:  ## for authors: write requirements.lock anew (needs uv; LOCK_FLAGS=--upgrade for newer libraries)
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	    --extra test $(LOCK_FLAGS) pyproject.toml -o requirements.lock

clean:  ## remove .venv, the screenshots and the caches of the tools
	rm -rf .venv .venv.lock .venv-install.log artefacts .pytest_cache .ruff_cache *.egg-info
