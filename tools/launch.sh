# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# How java is started: shared by tools/fintrail, which installs and builds first, and the launcher of the package, which does not.
# Sourced; the caller has set `self`, its own path, `home`, where tools/lab is, and before choose_jvm also `jar`, `settings`, the
# directory of jvm.args and audit.args, and `archives`, the directory of parsed classes.

# A user's PATH leaves out where Debian keeps iptables, ldconfig and bpftool.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
name=$(basename "${self:?}")

say() { printf '%s: %s\n' "$name" "$*" >&2; }
cannot() { say "$*"; exit 3; }
has() { command -v "$1" >/dev/null; }

# java_release JAVA_HOME: its version, e.g. 17.0.15, without the time that asking a JVM takes
java_release() {
  local release
  [[ -x $1/bin/java ]] || return 1
  release=$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$1/release" 2>/dev/null) || true
  [[ -n $release ]] || release=$("$1/bin/java" -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')
  [[ $release =~ ^[0-9] ]] && echo "$release"
}

# Where a Java may be, the one that was asked for first
java_homes() {
  local java
  if [[ -n ${JAVA_HOME:-} ]]; then
    echo "$JAVA_HOME"
    return
  fi
  if java=$(command -v java); then
    java=$(readlink -f "$java")
    echo "${java%/bin/java}"
  fi
  printf '%s\n' /usr/lib/jvm/*
}

# find_java java|javac: sets java_home and java_version to the first Java of 17 or more that has the program
find_java() {
  local candidate release
  while read -r candidate; do
    release=$(java_release "$candidate") || continue
    [[ ${release%%[.-]*} -ge 17 && -x $candidate/bin/$1 ]] || continue
    # shellcheck disable=SC2034 # for the caller
    java_home=$candidate java_version=$release
    return
  done < <(java_homes)
  return 1
}

# ask_sudo WHY COMMAND: a refusal is told here, before it could pass for the program's own exit code
ask_sudo() {
  has sudo || cannot "$1, and there is no sudo here; as root: $2"
  sudo -n true 2>/dev/null || sudo -v || cannot "$1, and sudo refuses; as root: $2"
}

# need PACKAGE CHECK...: notes the package unless the check succeeds
need() {
  local package=$1
  "${@:2}" || missing+=("$package")
}

need_to_stage() {
  need python3 has python3
  need iproute2 has ip
  need iptables has iptables
}

# become_root ARGUMENT...: runs this program again as root, with what of the environment it reads
become_root() {
  local variable kept=()
  ((EUID != 0)) || return 0
  ask_sudo "this takes root" "$self $*"
  for variable in JAVA_HOME FINTRAIL_NO_INSTALL NO_COLOR CI; do
    [[ -z ${!variable:-} ]] || kept+=("$variable=${!variable}")
  done
  ((${#kept[@]} == 0)) || kept=(env "${kept[@]}")
  exec sudo -- "${kept[@]}" "$self" "$@"
}

# find_command ARGUMENT...: sets `command`
find_command() {
  local argument
  command=''
  for argument in "$@"; do
    [[ $argument == -* ]] || { command=$argument; break; }
  done
}

# Help and version are for everybody, whichever command they are asked of.
takes_root() {
  local argument
  for argument in "$@"; do
    case $argument in -h | --help | -V | --version) return 1 ;; esac
  done
  [[ $command == live || $command == record || $command == audit || $command == stuck || $command == demo ]]
}

# choose_jvm: sets `java`, that of find_java with the flags that suit the command, and `archive`, its parsed classes' place
choose_jvm() {
  # Without Xlog a JVM says on stdout why it cannot use an archive, among our JSON lines; 25 says on stderr at each start that
  # its module flags keep a part of one from being used.
  java=("$java_home/bin/java" "@${settings:?}/jvm.args" -Xlog:disable -Xlog:all=error:stderr "-Xlog:cds*=off:stderr" "-Dfintrail.home=$home")
  archive=${archives:?}/fintrail-$java_version.jsa
  # What runs beside the traced programs compiles little and holds little; what reads a recording is to be done soon, and no
  # faster with more room for the young than this.
  case $command in
    replay | explain | report) java+=(-XX:MaxNewSize=96m) ;;
    audit)
      java+=("@$settings/audit.args")
      archive=$archives/fintrail-audit-$java_version.jsa ;;
    *) java+=(-XX:TieredStopAtLevel=1 -Xms32m -XX:MaxNewSize=24m) ;;
  esac
}

# make_archive: the parsed classes, for the next starts. Root's run touches all of them; nothing matches its filter.
make_archive() {
  local training=(doctor) code=0
  if ((EUID == 0)); then training=(live --for 250ms --address 192.0.2.0/24); fi
  local journal=''
  if ((EUID == 0)) && [[ $command == audit ]]; then
    journal=$(mktemp -d)
    training=(audit "$journal" --for 1500ms --look-every 300ms --address 192.0.2.0/24 --metrics 127.0.0.1:0)
  fi
  # Made aside and moved: another start may be mapping the old one.
  umask 022
  timeout --foreground -k 5 60 "${java[@]}" -XX:ArchiveClassesAtExit="$archive.$$" -jar "${jar:?}" "${training[@]}" </dev/null >/dev/null 2>&1 ||
    code=$?
  # 3: nothing can be traced here, and the classes are parsed all the same. A JVM that was stopped while it wrote has left a part,
  # with which the next would crash.
  if [[ -e $archive.$$ ]] && ((code == 0 || code == 3)); then mv -f "$archive.$$" "$archive"; else rm -f "$archive.$$"; fi
  if [[ $journal ]]; then rm -rf "$journal"; fi
}

# What an audit needs of root, and why: bpf and perfmon load and attach the programs, net_admin those that read packets;
# sys_ptrace and dac_read_search say who holds a socket; sys_admin enters other network namespaces, to look at them.
# Bounded before there is a JVM, for that could not drop them for all its threads.
bound() {
  local capabilities=bpf,+perfmon,+net_admin,+sys_ptrace,+dac_read_search argument before='' netns=all effective
  # A service manager has taken all others already, and setpcap with them.
  effective=$(sed -n 's/^CapEff:\t//p' /proc/self/status)
  ((0x$effective >> 8 & 1)) || return 0
  for argument in "$@"; do
    case $argument in --netns=*) netns=${argument#*=} ;; esac
    if [[ $before == --netns ]]; then netns=$argument; fi
    before=$argument
  done
  if [[ $netns != self ]]; then capabilities+=,+sys_admin; fi
  bounded=(setpriv --no-new-privs --inh-caps=-all "--bounding-set=-all,+$capabilities")
  "${bounded[@]}" true 2>/dev/null || bounded=()
}

# launch ARGUMENT...: becomes java
launch() {
  local bounded=()
  if [[ -e $archive ]]; then java+=("-XX:SharedArchiveFile=$archive"); fi
  umask 077
  if [[ $command == audit ]] && ((EUID == 0)); then bound "$@"; fi
  exec "${bounded[@]}" "${java[@]}" -jar "${jar:?}" "$@"
}
