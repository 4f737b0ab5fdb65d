# Tasks of developers; `just` lists them.

python := ".venv/bin/python"

default:
    @just --list

# Make a virtual environment with everything that the tasks need.
setup:
    python3 -m venv .venv
    .venv/bin/pip install -q -e '.[test,lint,bench]'

# What CI runs.
ci:
    bash .ci/run

test *ARGS:
    .venv/bin/pytest {{ARGS}}

lint:
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
    .venv/bin/lint-imports
    .venv/bin/zizmor --offline --persona=pedantic --no-progress action.yml examples/ci/github-*.yml

format:
    .venv/bin/ruff check --fix .
    .venv/bin/ruff format .

# Compile the packs after a change to their YAML.
packs:
    .venv/bin/debar policy compile policy/us-kaspersky policy/us-section-889

# Write the examples' expected output anew; look at the difference before you commit it.
examples:
    {{python}} tools/update_examples.py

# Take the pictures of the README anew; look at them before you commit them.
pictures:
    {{python}} tools/make_pictures.py

# Measure the matching on the labelled sets, print the tables and write docs/quality.md.
quality:
    {{python}} tests/quality/measuring.py

# Install the rivals, make SBOMs, measure side by side and write benchmarks/RESULTS.md; `just bench --help`.
bench *ARGS:
    test -x {{python}} || python3 -m venv .venv
    .venv/bin/pip install -q -e '.[bench]'
    {{python}} benchmarks/run.py {{ARGS}}

# Compare the fast paths with the plain one on ten thousand hostile documents.
same:
    DEBAR_DOCUMENTS=10000 .venv/bin/pytest tests/property/test_fast_path.py

# Pin the wheels that the GitHub Action installs, after a change to the dependencies (needs uv).
action-pins:
    echo 'hatchling>=1.27' | uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-annotate --only-binary :all: --extra rdf --custom-compile-command 'just action-pins' \
        pyproject.toml - -o action/requirements.txt
