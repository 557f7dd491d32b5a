#!/bin/bash
# mailstack.sh: a throw-away Dovecot and Postfix for the tests, on loopback ports with their own folders; no system service.
# It delivers and refuses mail as the world does; nothing leaves the machine, and nothing under /etc is touched.
#
#   mailstack.sh install        apt-get what is needed (non-interactive)
#   mailstack.sh up [DIR]       start; prints KEY=VALUE lines (also in DIR/env)
#   mailstack.sh down DIR       stop both by their own pid files, remove DIR
#   mailstack.sh imap-down|imap-up|imap-kill|mail-down|mail-up DIR     faults: ended politely, ended by the kernel
#   mailstack.sh renumber DIR USER [FOLDER]    new UIDVALIDITY and new UIDs, as after a restore; USER must not be logged in
#
# Needs: root, dovecot-imapd dovecot-lmtpd postfix openssl; with ZONE also opendkim opendmarc dnsmasq-base. DIR must be traversable by the users postfix and dovecot.
# Several stacks may run side by side.
#
# What can be set (a name without @ means NAME@$PROJECT):
#   PROJECT=proj.test REPORTER=reporter.test    the project's domain (with lists.$PROJECT) and where discoverers have mailboxes
#   USERS="bot alice ... discoverer@reporter.test"    mailboxes, all with the password PASS=secret
#   ALIASES="security=bot pair=alice,bob"       addresses that lead to others; name+detail@ keeps its detail on the way
#   FANOUT=0                                    mailboxes m1..mN, and fanout@$PROJECT that reaches them all
#   IMAP_CAPABILITY="IMAP4rev1 UIDPLUS"         what IMAP claims to offer (hides MOVE and IDLE); default: all it has
#   QUEUE_LIFETIME=1h
#   STRIP=yes                                   no: forged Authentication-Results are let through
#   ZONE=FILE                                   lines for dnsmasq, such as txt-record=_dmarc.member.test,"v=DMARC1; p=reject": strangers'
#                                               mail is judged by opendkim and opendmarc, who ask it (and nobody else) about names
#   DELIMITER=+                                 what stands before the detail of an address; empty: such addresses are unknown
# Refusals: unknown@ and foreign domains 550 at RCPT; *@permfail.test 550 and *@tempfail.test 450 at RCPT; *@bounce.test is
#   accepted and bounces; *@defer.test is accepted and gives a delay DSN after 2 to 4 s.
# Authentication-Results (RFC 8601): our authserv-id is mx.$PROJECT. Every port removes what claims to be stamped by it; the
#   authenticated ports stamp dmarc=pass where From is in $PROJECT. With ZONE, opendmarc stamps what comes to the MX port;
#   opendkim before it calls itself dkim.mx.$PROJECT, for of two stamps in our name neither counts.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
verb=${1:-}; DIR=${2:-${MAILSTACK_DIR:-}}
PASS=${PASS:-secret}; FANOUT=${FANOUT:-0}; PROJECT=${PROJECT:-proj.test}; REPORTER=${REPORTER:-reporter.test}
USERS=${USERS:-"bot alice bob carol discoverer@$REPORTER"}; ALIASES=${ALIASES:-"security=bot"}

die() { echo "mailstack: $*" >&2; exit 1; }
full() { [[ $1 == *@* ]] && REPLY=$1 || REPLY=$1@$PROJECT; }      # a bare name is one of the project's
PORTS=/tmp/mailstack.ports # a link for each port a stack has, from up to down: its servers may be down for a while
free_port() {              # a port nobody listens on and no other stack has
  local p
  while :; do
    p=$(( 20000 + (RANDOM * 32768 + RANDOM) % 12000 ))
    (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null && continue
    ln -sT "$DIR" "$PORTS/$p" 2>/dev/null || continue      # atomic: of two stacks that start at once one gets it
    REPLY=$p; return
  done
}
wait_banner() {            # wait_banner PORT REGEX : wait up to 5 s for a greeting
  local i l
  for ((i = 0; i < 250; i++)); do
    if l=$(exec 3<>/dev/tcp/127.0.0.1/"$1" && IFS= read -r -t 2 -u 3 x && echo "$x") 2>/dev/null && [[ $l =~ $2 ]]; then return 0; fi
    sleep 0.02
  done
  die "no greeting on port $1"
}
# the master keeps fd 2: without the redirect a caller that reads our stderr through a pipe never sees EOF
start_dovecot() { dovecot -c "$DIR/dovecot/dovecot.conf" </dev/null >"$DIR/dovecot/start.log" 2>&1 || { cat "$DIR/dovecot/start.log" >&2; die "dovecot did not start"; }; }
# A server is gone when its whole process group is: a child that lives on holds its ports and locks. Zombies are gone
# enough (PID 1 of a container may not reap them).
group_alive() { { cat /proc/[0-9]*/stat 2>/dev/null || true; } | sed 's/^.*) //' | awk -v g="$1" '$3 == g && $1 != "Z" { found = 1 } END { exit !found }'; }
read_pid() { REPLY=$({ tr -d ' \n' <"$1"; } 2>/dev/null) && [[ $REPLY =~ ^[0-9]+$ && $REPLY -gt 1 ]]; }   # a server removes its file itself: look once
wait_gone() {              # wait_gone GROUP : wait up to 5 s, then insist
  local i
  for ((i = 0; i < 250; i++)); do group_alive "$1" || return 0; sleep 0.02; done
  kill -KILL -- "-$1" 2>/dev/null || true
  for ((i = 0; i < 250; i++)); do group_alive "$1" || return 0; sleep 0.02; done
}
stop_dovecot() {           # TERM to the whole group: sessions say BYE at once instead of when the master gives up on them
  local pid; read_pid "$DIR/dovecot/run/master.pid" || return 0; pid=$REPLY
  kill -TERM -- "-$pid" 2>/dev/null || true
  wait_gone "$pid"; rm -f "$DIR/dovecot/run/master.pid"   # a zombie master would read as 'already running'
}
# master(8) directly: 'postfix start' adds 1-2 s of sanity checks that this generated tree does not need
start_postfix() { /usr/lib/postfix/sbin/master -c "$DIR/postfix/etc" -w </dev/null >"$DIR/postfix/start.log" 2>&1 || { cat "$DIR/postfix/start.log" "$DIR/postfix/log" >&2; die "postfix did not start"; }; }
stop_postfix() {
  local pid; read_pid "$DIR/postfix/spool/pid/master.pid" || return 0; pid=$REPLY
  kill -TERM "$pid" 2>/dev/null || true; wait_gone "$pid"
}
# Names have a server of their own on a loopback address; both judges see a resolv.conf that names it, in a mount namespace.
start_judges() {
  local name=127.53.$((RANDOM % 250 + 1)).$((RANDOM % 250 + 1)) judges="$DIR/judges"
  mkdir "$judges"; echo 192.0.2.1 >"$judges/nobody"; echo "nameserver $name" >"$judges/resolv.conf"
  cat >"$judges/dnsmasq.conf" <<EOF
no-resolv
no-hosts
listen-address=$name
bind-interfaces
local=/#/
user=root
pid-file=$judges/dnsmasq.pid
conf-file=$ZONE
EOF
  # opendkim asks through libunbound, which by itself asks nobody on loopback, and nobody about .test (RFC 6761).
  printf 'server:\n  do-not-query-localhost: no\n  local-zone: "test." nodefault\nforward-zone:\n  name: "."\n  forward-addr: %s\n' "$name" >"$judges/unbound.conf"
  # By default neither looks at mail from loopback.
  cat >"$judges/opendkim.conf" <<EOF
Mode v
Syslog no
AuthservID dkim.mx.$PROJECT
Socket inet:$DKIM@127.0.0.1
ResolverConfiguration $judges/unbound.conf
InternalHosts $judges/nobody
AlwaysAddARHeader yes
UserID opendkim
EOF
  cat >"$judges/opendmarc.conf" <<EOF
AuthservID mx.$PROJECT
TrustedAuthservIDs dkim.mx.$PROJECT
Socket inet:$DMARC@127.0.0.1
IgnoreHosts $judges/nobody
RejectFailures false
Syslog false
UserID opendmarc
EOF
  dnsmasq -C "$judges/dnsmasq.conf" || die "dnsmasq did not start"
  setsid unshare --mount bash -c "mount --bind '$judges/resolv.conf' /etc/resolv.conf
    opendkim -f -x '$judges/opendkim.conf' & opendmarc -f -c '$judges/opendmarc.conf' & wait" </dev/null >"$judges/log" 2>&1 &
  echo $! >"$judges/pid"
  wait_listens "$DKIM"; wait_listens "$DMARC"
}
wait_listens() {           # a milter says nothing before it is spoken to
  local i
  for ((i = 0; i < 250; i++)); do (exec 3<>/dev/tcp/127.0.0.1/"$1") 2>/dev/null && return 0; sleep 0.02; done
  cat "$DIR/judges/log" >&2; die "nobody listens on port $1"
}
stop_judges() {
  [[ -d $DIR/judges ]] || return 0
  read_pid "$DIR/judges/dnsmasq.pid" && kill -TERM "$REPLY" 2>/dev/null || true
  read_pid "$DIR/judges/pid" && { kill -KILL -- "-$REPLY" 2>/dev/null || true; wait_gone "$REPLY"; }
}
kill_group() {             # kill_group FILE NAME : both masters are leaders of their own process group: end just that group
  local pid
  read_pid "$1" || return 0; pid=$REPLY
  [[ $({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null) == *"$2"* ]] || return 0     # not a recycled pid
  kill -KILL -- "-$pid" 2>/dev/null || true
  wait_gone "$pid"; rm -f "$1"
}

install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends postfix dovecot-imapd dovecot-lmtpd openssl opendkim opendmarc dnsmasq-base </dev/null
}

up() {
  command -v dovecot >/dev/null && command -v postfix >/dev/null || die "run '$0 install' first"
  [[ $(id -u) = 0 ]] || die "must be root"
  if [[ -z $DIR ]]; then DIR=$(mktemp -d /tmp/mailstack.XXXXXX); fi
  mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd); chmod 755 "$DIR"      # user 'postfix' must traverse it
  [[ -e $DIR/env ]] && die "$DIR is in use"
  mkdir -p "$PORTS"
  free_port; IMAP=$REPLY; free_port; IMAPS=$REPLY; free_port; SMTP=$REPLY
  free_port; SUBMISSION=$REPLY; free_port; SMTPS=$REPLY
  local judged=
  if [[ -n ${ZONE:-} ]]; then
    free_port; DKIM=$REPLY; free_port; DMARC=$REPLY
    start_judges
    judged="-o smtpd_milters=inet:127.0.0.1:$DKIM,inet:127.0.0.1:$DMARC -o milter_default_action=tempfail"
  fi

  # ---- TLS: private CA + leaf for localhost/127.0.0.1
  mkdir "$DIR/tls"; cd "$DIR/tls"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 30 \
    -subj '/CN=mailstack test CA' -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign' 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout srv.key -out srv.csr -subj '/CN=localhost' 2>/dev/null
  openssl x509 -req -in srv.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out srv.pem \
    -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n') 2>/dev/null
  chmod 600 ./*.key; cd "$DIR"

  # ---- Dovecot
  mkdir -p dovecot/run dovecot/state mail; chown 5000:5000 mail
  : >dovecot/users
  local u; for u in $USERS; do full "$u"; echo "$REPLY:{PLAIN}$PASS" >>dovecot/users; done
  for ((i = 1; i <= FANOUT; i++)); do echo "m$i@$PROJECT:{PLAIN}$PASS" >>dovecot/users; done
  chmod 640 dovecot/users; chgrp dovecot dovecot/users
  cat >dovecot/dovecot.conf <<EOF
base_dir = $DIR/dovecot/run
state_dir = $DIR/dovecot/state
log_path = $DIR/dovecot/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <$DIR/tls/srv.pem
ssl_key = <$DIR/tls/srv.key
ssl_dh =
auth_mechanisms = plain login
auth_failure_delay = 0
disable_plaintext_auth = yes
first_valid_uid = 1
mail_location = maildir:$DIR/mail/%u
mail_max_userip_connections = 200
postmaster_address = postmaster@$PROJECT
hostname = mx.$PROJECT
lmtp_hdr_delivery_address = final
namespace inbox {
  inbox = yes
  separator = /
}
passdb { 
  driver = passwd-file
  args = username_format=%u $DIR/dovecot/users 
}
userdb { 
  driver = static
  args = uid=5000 gid=5000 home=$DIR/mail/%u 
}
protocol imap {
  mail_plugins = imap_zlib
  ${IMAP_CAPABILITY:+imap_capability = $IMAP_CAPABILITY}
}
service imap-login {
  service_count = 0
  process_min_avail = 1
  inet_listener imap { 
    port = $IMAP 
  }
  inet_listener imaps { 
    port = $IMAPS
    ssl = yes 
  }
}
service lmtp { 
  process_min_avail = 1
  unix_listener lmtp { 
    user = postfix
    group = postfix
    mode = 0600 
  } 
}
service auth { 
  unix_listener auth-postfix { 
    user = postfix
    group = postfix
    mode = 0600 
  } 
}
EOF
  start_dovecot

  # ---- Postfix
  mkdir -p postfix/etc postfix/lib postfix/spool/pid; chown postfix:postfix postfix/lib
  (cd postfix/spool
   mkdir active bounce corrupt defer deferred flush hold incoming private saved trace public maildrop
   chown postfix:postfix active bounce corrupt defer deferred flush hold incoming private saved trace
   chmod 700 active bounce corrupt defer deferred flush hold incoming private saved trace
   chown postfix:postdrop public maildrop; chmod 2710 public; chmod 1730 maildrop)
  local all=() i alias to targets
  for ((i = 1; i <= FANOUT; i++)); do all+=("m$i@$PROJECT"); done
  : >postfix/etc/virtual
  [[ $FANOUT -gt 0 ]] && echo "fanout@$PROJECT ${all[*]}" >>postfix/etc/virtual
  # The lists that `embargod init` names are the desk's own addresses, wherever a test puts them.
  local lists=; [[ " $USERS " == *" bot "* ]] && for i in xen-security-issues xen-security-issues-discuss; do lists+=" $i=bot $i@lists.$PROJECT=bot"; done
  for alias in $ALIASES $lists; do
    targets=(); for to in $(tr , ' ' <<<"${alias#*=}"); do full "$to"; targets+=("$REPLY"); done
    full "${alias%%=*}"; echo "$REPLY ${targets[*]}" >>postfix/etc/virtual
  done
  sed 's/:.*/ OK/' dovecot/users >postfix/etc/mailboxes
  # 'error:'/'retry:' transports are already refused by smtpd at RCPT (550/450); to get a DSN the mail must be accepted
  # first: bounce.test goes to Dovecot's LMTP, which answers 550 5.1.1; defer.test to a socket that does not exist
  cat >postfix/etc/transport <<EOF
bounce.test lmtp:unix:$DIR/dovecot/run/lmtp
defer.test lmtp:unix:$DIR/no-such-socket
tempfail.test retry:4.2.2 Mailbox full
permfail.test error:5.1.1 User unknown
EOF
  # RFC 8601 section 5: what claims our authserv-id and was not written by us goes. Everything before the first ';' may
  # hide it (a comment may stand before the id, a blank before the colon).
  local id="mx\\.${PROJECT//./\\.}" domain="${PROJECT//./\\.}"
  : >postfix/etc/strip
  [[ ${STRIP:-yes} = no ]] || printf '/^Authentication-Results[[:space:]]*:[^;]*%s/ IGNORE\n' "$id" >postfix/etc/strip
  { cat postfix/etc/strip
    printf '/^From[[:space:]]*:.*@%s>?[[:space:]]*$/ PREPEND Authentication-Results: mx.%s; dmarc=pass header.from=%s\n' "$domain" "$PROJECT" "$PROJECT"
  } >postfix/etc/stamp
  cat >postfix/etc/main.cf <<EOF
compatibility_level = 3.6
config_directory = $DIR/postfix/etc
queue_directory = $DIR/postfix/spool
data_directory = $DIR/postfix/lib
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = $DIR/postfix/log
maillog_file_prefixes = $DIR
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.$PROJECT
myorigin = $PROJECT
mydestination =
# a client on port 25 is a stranger, even from loopback: nothing is added to or rewritten in its header
mynetworks =
local_header_rewrite_clients = permit_sasl_authenticated
local_recipient_maps =
alias_maps =
alias_database =
# nothing may leave this machine
default_transport = error:5.4.4 no outbound mail from the test stack
relay_transport = \$default_transport
relayhost =
relay_domains = bounce.test defer.test tempfail.test permfail.test
transport_maps = texthash:$DIR/postfix/etc/transport
virtual_mailbox_domains = $PROJECT lists.$PROJECT $REPORTER
virtual_mailbox_maps = texthash:$DIR/postfix/etc/mailboxes
virtual_alias_maps = texthash:$DIR/postfix/etc/virtual
virtual_transport = lmtp:unix:$DIR/dovecot/run/lmtp
# one copy per recipient, so that each has its own Delivered-To
lmtp_destination_recipient_limit = 1
# only the header of the message itself: one inside an attached message belongs to its author, and may be signed
header_checks = regexp:$DIR/postfix/etc/strip
mime_header_checks =
nested_header_checks =
recipient_delimiter = ${DELIMITER-+}
smtpd_authorized_verp_clients = 127.0.0.0/8
message_size_limit = 41943040
virtual_mailbox_limit = 0
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_cert_file = $DIR/tls/srv.pem
smtpd_tls_key_file = $DIR/tls/srv.key
smtpd_tls_loglevel = 0
smtpd_sasl_type = dovecot
smtpd_sasl_path = $DIR/dovecot/run/auth-postfix
smtpd_sasl_security_options = noanonymous
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
in_flow_delay = 0
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
delay_warning_time = 2s
maximal_queue_lifetime = ${QUEUE_LIFETIME:-1h}
bounce_queue_lifetime = ${QUEUE_LIFETIME:-1h}
EOF
  cat >postfix/etc/master.cf <<EOF
127.0.0.1:$SMTP inet n - n - - smtpd${judged:+
  $judged}
127.0.0.1:$SUBMISSION inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes -o cleanup_service_name=stamp
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:$SMTPS inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes -o cleanup_service_name=stamp
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
stamp     unix n - n - 0 cleanup
  -o header_checks=regexp:$DIR/postfix/etc/stamp
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
lmtp      unix - - n - - lmtp
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
EOF
  # Postfix re-reads (with sleeps) any config or texthash file younger than ~2 s: back-date them
  touch -d '1 minute ago' postfix/etc/*
  start_postfix
  wait_banner "$IMAP" '^\* OK'; wait_banner "$SMTP" '^220'
  cat >env <<EOF
MAILSTACK_DIR=$DIR
IMAP_PORT=$IMAP
IMAPS_PORT=$IMAPS
SMTP_PORT=$SMTP
SUBMISSION_PORT=$SUBMISSION
SMTPS_PORT=$SMTPS
CA_PEM=$DIR/tls/ca.pem
MAIL_PROJECT=$PROJECT
MAIL_REPORTER=$REPORTER
MAIL_PASS=$PASS
EOF
  cat env
}

down() {
  [[ -n $DIR && -e $DIR/dovecot/dovecot.conf ]] || die "down needs the DIR of a stack"
  kill_group "$DIR/postfix/spool/pid/master.pid" postfix/sbin/master
  kill_group "$DIR/dovecot/run/master.pid" dovecot
  stop_judges
  cd /; find "$PORTS" -lname "$DIR" -delete; rm -rf "$DIR"
}

renumber() {               # renumber USER [FOLDER] : Dovecot forgets the numbers it gave, and begins anew
  local box
  [[ -n $DIR && -n ${1:-} ]] || die "renumber needs DIR and USER"
  full "$1"; box="$DIR/mail/$REPLY"; [[ ${2:-INBOX} == INBOX ]] || box="$box/.$2"
  [[ -d $box ]] || die "no mailbox $box"
  rm -f "$box"/dovecot-uidlist "$box"/dovecot.index* "$DIR/mail/$REPLY"/dovecot.list.index*
}

case $verb in
  install) install ;;
  up) up ;;
  down) down ;;
  imap-down) stop_dovecot ;;
  imap-up) start_dovecot ;;
  imap-kill)               # hard crash: no BYE, sockets closed by the kernel
    kill_group "$DIR/dovecot/run/master.pid" dovecot
    # killed while it wrote, Dovecot leaves dovecot-uidlist.lock; the next SELECT and delivery wait 123 s for it (seen)
    find "$DIR/mail" -name '*.lock' -delete ;;
  mail-down) stop_postfix ;;
  mail-up) start_postfix ;;
  renumber) renumber "${3:-}" "${4:-}" ;;
  *) die "usage: $0 install|up [DIR]|down DIR|imap-down|imap-up|imap-kill|mail-down|mail-up DIR|renumber DIR USER [FOLDER]" ;;
esac
