m=$1 i=$2; shift 2
t() { printf '\036%s%s\n' "$m" "$1"; }
stty raw -echo 2>/dev/null && r=1 || r=0
command -v head >/dev/null || head() { dd bs=1 count="$2" 2>/dev/null; }
command -v cat >/dev/null || cat() { dd 2>/dev/null; }
if command -v base64 >/dev/null; then b=64; d() { base64 -d; }; else b=; d() { cat; }; fi
exec 3>&1
case $i$r in 10) t n; exit ;; esac
t "b$b"
f() { while t r >&3 && IFS= read -r n; do case $n in '' | 0 | *[!0-9]*) return ;; esac; t g >&3; head -c "$n" | d || return; done; }
e() { while IFS= read -r l; do t "e$l"; done; [ -z "$l" ] || t "p$l"; }
run() {
  c=$({ { { (exec "$@" 2>&6 3>&- 4>&- 5>&- 6>&-); echo $? >&4; } 6>&1 >&5 2>/dev/null | e >&3 4>&-; } 5>&1 | cat >&3 4>&-; } 4>&1)
  t "x$c" >&3
}
if [ "$i" = 1 ]; then f 2>/dev/null | run "$@"; else run "$@" </dev/null; fi
