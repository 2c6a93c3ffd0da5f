/** Said when all rules are there. */
export const GUARDED = 'runnerhub: guarded';

/**
 * Runs as root in the machine's own file system and network. $BRIDGES: the bridges of jobs, as a
 * pattern; $RANGES: what is closed to them; $ADDRESS and $PORT: the stand-in, if there is one. Every
 * rule is made only where it is missing, so several hubs may do this at once, again and again. Without
 * a bridge of that name no rule ever matches.
 *
 * A job's packet to the machine itself comes by INPUT, one to anywhere else by FORWARD, where Docker
 * leaves DOCKER-USER to others. Between bridges Docker's own rules let nothing pass. Answers pass, and
 * so do questions to the machine's name servers, which may be at private addresses.
 */
export const GUARD_SCRIPT = `
set -eu
PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin
ipt() { iptables -w 10 "$@"; }
has() { ipt -C "$@" 2>/dev/null; }
chain() { ipt -n -L "$1" >/dev/null 2>&1 || ipt -N "$1"; }
rule() { has "$@" || ipt -A "$@"; }
first() { at=$1; shift; has "$at" "$@" || ipt -I "$at" "$@"; }
refuse() { has "$@" -j DROP || has "$@" -j REJECT || ipt -A "$@" -j REJECT || ipt -A "$@" -j DROP; }

chain RUNNERHUB-ALLOW
while read -r key server _; do
  case "$key $server" in nameserver\\ *.*.*.*)
    rule RUNNERHUB-ALLOW -d "$server" -p udp --dport 53 -j ACCEPT
    rule RUNNERHUB-ALLOW -d "$server" -p tcp --dport 53 -j ACCEPT ;;
  esac
done <<END
$(cat /etc/resolv.conf /run/systemd/resolve/resolv.conf 2>/dev/null || true)
END

chain RUNNERHUB-HOST
rule RUNNERHUB-HOST -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
rule RUNNERHUB-HOST -j RUNNERHUB-ALLOW
refuse RUNNERHUB-HOST
first INPUT -i "$BRIDGES" -j RUNNERHUB-HOST

chain RUNNERHUB-OUT
rule RUNNERHUB-OUT -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
rule RUNNERHUB-OUT -o "$BRIDGES" -j RETURN
rule RUNNERHUB-OUT -j RUNNERHUB-ALLOW
for range in $RANGES; do refuse RUNNERHUB-OUT -d "$range"; done
if ipt -n -L DOCKER-USER >/dev/null 2>&1; then at=DOCKER-USER; else at=FORWARD; fi
first $at -i "$BRIDGES" -j RUNNERHUB-OUT

if [ -n "\${ADDRESS:-}" ]; then
  rule RUNNERHUB-ALLOW -d "$ADDRESS" -p tcp --dport "$PORT" -j ACCEPT
  trap 'ipt -D RUNNERHUB-ALLOW -d "$ADDRESS" -p tcp --dport "$PORT" -j ACCEPT; exit 0' TERM EXIT
fi
echo '${GUARDED}'
while read -r _; do :; done
`;
