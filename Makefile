# make demo: a whole disclosure, as far as the program has grown.   make test: everything, on real servers.
# Both do all the set-up on a Debian machine that has the Rust toolchain.

CARGO ?= cargo
DEMO_PACKAGES = gcc pkg-config libssl-dev libclang-dev gnupg
TEST_PACKAGES = $(DEMO_PACKAGES) openssl postfix dovecot-imapd dovecot-lmtpd opendkim opendmarc dnsmasq-base systemd git python3

.PHONY: demo test prove setup setup-demo lint bench

demo: setup-demo
	rm -rf target/demo
	$(CARGO) run --quiet -- demo --out target/demo

test: setup
	$(CARGO) build --tests
	tests/run

# As test, at the depth the issues name; optimised, or it would take hours.
prove: setup
	EMBARGOD_DEPTH=25 tests/run --release

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings

# The demo needs no mail servers.
setup-demo:
	@$(call install,$(DEMO_PACKAGES))

setup:
	@$(call install,$(TEST_PACKAGES))

# Installs what is missing, as root or with sudo; else says what to install.
define install
missing=$$(dpkg-query -W -f='$${Status} $${Package}\n' $(1) 2>/dev/null | \
  awk '/^install ok installed/ {have[$$4]=1} END {n=split("$(1)",w," "); for(i=1;i<=n;i++) if(!(w[i] in have)) printf "%s ", w[i]}'); \
if [ -z "$$missing" ]; then exit 0; fi; \
if [ "$$(id -u)" = 0 ]; then as=; elif command -v sudo >/dev/null; then as="sudo"; \
else echo "Please install as root: apt-get install $$missing" >&2; exit 1; fi; \
echo "Installing: $$missing"; \
$$as apt-get update -qq && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing </dev/null >/dev/null
endef
