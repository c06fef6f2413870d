# Two commands on a fresh Debian 12 with git, make and python3-venv: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
.PHONY: setup setup-long demo serve test test-fast test-long corpora check bench lock

setup:  ## brings what is missing; nothing to do takes a blink
	@$(PYTHON) -m scripts.setup

setup-long:
	@$(PYTHON) -m scripts.setup --long

demo: setup  ## the whole system with a small region
	@$(BIN)/yuanzhen demo

serve: setup  ## the centre, without patients at first
	@$(BIN)/yuanzhen serve

test: setup  ## all tests but the long ones
	@$(BIN)/pytest -m "not long"

test-fast: setup  ## under 90 s
	@$(BIN)/pytest -n 3 -m "not slow and not long"

test-long: setup-long  ## kill loops, whole corpora, PostgreSQL 15
	@$(BIN)/pytest

corpora: setup-long  ## what others wrote, each corpus with its counts (YUANZHEN_SHARED_DATA names where it lies)
	@$(BIN)/pytest -q tests/wire/fhir/test_fhir_examples.py tests/wire/fhir/test_fhir_corpus.py \
	  tests/wire/fhir/test_fhir_other_validators.py tests/wire/hl7v2/test_hl7_corpus.py \
	  tests/wire/dicom/test_dicom_corpus.py tests/features/intake/test_dicom_files.py

check: setup  ## style, types, and the house's own rules (ARCHITECTURE.md, section 2)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m scripts.house
	@if [ -f web/package.json ]; then cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent check; fi

bench: setup  ## one file per figure, JSON lines
	@for file in bench/*.py; do \
	  [ -e "$$file" ] || { echo "bench: no figure yet"; exit 0; }; \
	  $(BIN)/python "$$file" || exit 1; \
	done

lock:  ## compiles requirements/*.in again, from the public index alone, without naming its host
	@for list in runtime dev compiler; do \
	  env -u PIP_FIND_LINKS PIP_CONFIG_FILE=/dev/null $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
	    --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	    --no-emit-options --output-file requirements/$$list.txt requirements/$$list.in || exit 1; \
	done
