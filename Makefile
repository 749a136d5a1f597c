# Allt börjar här: make run, make test. `make help` listar resten.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.DEFAULT_GOAL := help
.PHONY: help run test test-all test-postgres test-pdf test-browser check bench secret-key secrets system requirements

PY := .venv/bin/python
VNU := vnu-jar@26.9.27
# both cores; what needs Java or a browser has targets of its own
PYTEST := $(PY) -m pytest -n auto
FAST := -m 'not browser and not pdf'

random_secret := head -c 64 /dev/urandom | base64 -w 0 | tr -d '/+='

# Debian's names for what pip cannot install
PANGO := libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core
POSTGRES := $(if $(wildcard /usr/lib/postgresql/*/bin/initdb),,postgresql)
PDF := libjaxb-java poppler-utils qpdf $(if $(shell command -v javac),,default-jdk-headless)
# its log, with the map that is shipped
PROXY := nginx-light
BROWSER := $(if $(shell command -v chromium),,chromium) $(if $(shell command -v java),,default-jre-headless) \
	$(if $(shell command -v npm),,npm)

# $(call system,packages): installs what is missing as root on Debian; otherwise names the command and stops
define system
	if command -v dpkg-query >/dev/null; then
		missing=
		for package in $(1); do
			dpkg-query -W -f='$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || missing+=" $$package"
		done
		if [ -n "$$missing" ] && [ "$$(id -u)" != 0 ]; then
			echo "Systempaket saknas. Kör detta och försök igen:"
			echo "    sudo apt-get update && sudo apt-get install --no-install-recommends$$missing"
			exit 1
		elif [ -n "$$missing" ]; then
			echo "Installerar systempaket:$$missing"
			export DEBIAN_FRONTEND=noninteractive
			apt="apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300"
			$$apt update
			$$apt install -y --no-install-recommends $$missing >/dev/null
		fi
	else
		echo "Inte Debian: se själv till att det som Debian kallar $(strip $(1)) finns."
	fi
endef

# the Pythons that the suite runs on
KNOWN_PYTHON := sys.version_info[:2] in ((3, 13), (3, 14))

# A Python that really runs and can make virtual environments: a shim on PATH may do neither
define find_python
	usable='import sys, ssl, sqlite3, venv, ensurepip; sys.exit(not $(KNOWN_PYTHON))'
	home=$$(getent passwd "$$(id -u)" 2>/dev/null | cut -d: -f6) || home=
	python=
	for candidate in python3.13 python3.14 python3 \
			$$(for minor in 3.13 3.14; do
				ls -d {"$${PYENV_ROOT:-}","$${HOME:-}/.pyenv","$$home/.pyenv"}/versions/$$minor.*[0-9]/bin/python3 2>/dev/null | sort -rV
			done) \
			$$(uv python find --system --no-python-downloads '>=3.13,<3.15' 2>/dev/null); do
		if "$$candidate" -c "$$usable" 2>/dev/null; then python=$$candidate; break; fi
	done
	if [ -z "$$python" ] && [ "$$(id -u)" = 0 ] && apt-cache show python3.13-venv >/dev/null 2>&1; then
		$(call system,python3.13-venv)
		python=python3.13
	fi
	if [ -z "$$python" ]; then
		echo "Python 3.13 eller 3.14 saknas. Installera det och försök igen, med något av:"
		echo "    Debian 13:  apt-get install python3.13-venv"
		echo "    annars:     pyenv install 3.13   eller   uv python install 3.13"
		exit 1
	fi
endef

# $(call venv,requirements file): the environment in .venv. A copy of the file in it says what is installed, so that
# the next start takes no time; an environment whose Python has moved away is made anew
define venv
	if ! $(PY) -c 'import pip, sys; sys.exit(not $(KNOWN_PYTHON))' 2>/dev/null; then
		$(find_python)
		echo "Skapar den virtuella miljön .venv"
		"$$python" -m venv --clear .venv
	fi
	if ! cmp -s $(1) .venv/$(1); then
		echo "Installerar Pythonpaketen i $(1) (första gången tar det en halv minut)"
		$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
		cp $(sort requirements.txt $(1)) .venv/
	fi
endef

help: ## Den här listan
	grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16

run: ## Starta portalen i demoläge på http://127.0.0.1:8000 (PORT=8123 make run flyttar den)
	$(call system,$(PANGO))
	$(call venv,requirements.txt)
	export DEMO=1
	exec $(PY) manage.py run_portal

test: ## Testsviten på SQLite, på några minuter
	$(call system,$(PANGO))
	$(call venv,requirements-dev.txt)
	$(PYTEST) $(FAST) $(ARGS)

test-all: ## Allt, inför en utgåva: varje läsare på varje sida, båda databaserna hela, PDF och webbläsare
	export TEST_ALL=1
	$(MAKE) --no-print-directory check test test-postgres test-pdf test-browser

test-postgres: ## Det som en databas kan ändra, på en PostgreSQL som startas och kastas
	$(call system,$(PANGO) $(POSTGRES))
	$(call venv,requirements-dev.txt)
	TEST_DB=postgres $(PYTEST) $(FAST) $(ARGS)

test-pdf: ## Blanketterna genom veraPDF: PDF/A-3a och PDF/UA-1
	$(call system,$(PANGO) $(PDF))
	$(call venv,requirements-dev.txt)
	$(PY) -m pytest -m pdf $(ARGS)

test-browser: ## Hela vägen i en riktig webbläsare, axe och Nu-validatorn
	$(call system,$(PANGO) $(BROWSER))
	$(call venv,requirements-dev.txt)
	if [ ! -e .build/$(VNU) ]; then
		echo "Hämtar Nu-validatorn"
		npm install --loglevel=error --prefix .build --ignore-scripts --no-save --no-package-lock --no-audit --no-fund $(VNU)
		touch .build/$(VNU)
	fi
	$(PYTEST) --dist loadfile -m browser $(ARGS)

# The settings of a production start, made up
PRODUCTION := env -u DEMO SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))') \
	ALLOWED_HOSTS=example.org BASE_URL=https://example.org DATABASE_URL=sqlite://:memory: MAIL_URL=smtp://127.0.0.1 \
	MAIL_FROM=civil@example.org MUNICIPALITY_EMAIL=kommun@example.org MUNICIPALITY_PHONE='08-465 004 00' \
	MUNICIPALITY_ADDRESS='Gatan 1, 123 45 Orten' MUNICIPALITY_DPO_EMAIL=ombud@example.org PLATFORM_ORG_NR=802400-0005 \
	PLATFORM_EMAIL=plattformen@example.org PLATFORM_ADDRESS='Gatan 2, 123 45 Orten'
# written so that this line does not find itself
REGISTRIES := (pypi|pythonhosted|npmjs|yarnpkg|debian)[.](org|com)|https?://[^ ]*(/simple/|registry)

check: ## Format, lint, typer, migreringar, mallar, driftsättning
	$(call system,$(PANGO))
	$(call venv,requirements-dev.txt)
	said() { echo "· $$1"; }
	said "Pythonkoden: lint och format"
	$(PY) -m ruff check --quiet
	$(PY) -m ruff format --check --quiet
	said "Mallarna: format"
	git ls-files -z --cached --others --exclude-standard -- '*.html' | xargs -0 -r .venv/bin/djade --check --target-version 6.1
	said "Typerna"
	DEMO=1 $(PY) -m mypy --no-error-summary botkyrka_civil organisations agreement council iop
	said "Migreringarna är skrivna"
	$(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run >/dev/null
	said "Inställningarna håller för drift"
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	said "Dockerfile och docker-compose.yml"
	.venv/bin/hadolint Dockerfile
	$(PY) -m check_jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	said "Ingen adress till ett paketregister"
	if git grep --untracked -nIE '$(REGISTRIES)'; then exit 1; fi
	echo "Allt i ordning."

bench: ## Mätningarna, som kvoter på skärmen
	$(call system,$(PANGO))
	$(call venv,requirements-dev.txt)
	exec $(PY) -m tests.bench $(ARGS)

secret-key: ## Slumpa fram en SECRET_KEY
	$(random_secret)
	echo

secrets: ## Slumpa fram hemligheterna för docker compose, i var/secrets
	mkdir -p -m 700 var var/secrets
	new() { [ -e "var/secrets/$$1" ] || printf %s "$$2" > "var/secrets/$$1"; }
	new secret_key "$$($(random_secret))"
	new db_password "$$($(random_secret))"
	new mail_url "smtp://localhost:25"
	new tls_certificate "" # empty for TLS=off
	new tls_key ""
	new seal_key "" # PKCS#12; empty: nothing is sealed
	new seal_password ""
	# the folder is closed; the files are read by the containers' own users
	chmod 644 var/secrets/*
	echo "Hemligheterna ligger i var/secrets. Skriv in er e-postserver i var/secrets/mail_url."

system: ## Alla systempaket som testerna behöver, på en gång (som root på Debian)
	$(call system,$(PANGO) $(POSTGRES) $(PDF) $(PROXY) $(BROWSER))

requirements: ## Lås om beroendena efter en ändring i pyproject.toml (kräver uv)
	lock="env -u PIP_FIND_LINKS uv pip compile --quiet --universal --python-version 3.13 --generate-hashes"
	lock+=" --no-header --no-config --no-emit-index-url --no-emit-find-links"
	$$lock pyproject.toml -o requirements.txt
	$$lock -c requirements.txt --group dev pyproject.toml -o requirements-dev.txt
