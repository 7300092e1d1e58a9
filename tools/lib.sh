# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What tools/fintrail and tools/check share: find what a machine lacks, install it, build, become root.
# Sourced; the caller has set `home`, this repository's directory, and `self`, its own path.

# A user's PATH leaves out where Debian keeps iptables, ldconfig and bpftool.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
name=$(basename "${self:?}")
built=${home:?}/target/fintrail.built

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

# Debian 12 names its Java; later releases have no 17 and a newer default.
jdk_package() {
  local release
  # shellcheck disable=SC1091
  release=$(. /etc/os-release 2>/dev/null && echo "${VERSION_ID:-}")
  [[ $release == 12 ]] && echo openjdk-17-jdk-headless || echo default-jdk-headless
}

has_libbpf() { ldconfig -p | grep -F libbpf.so.1 >/dev/null; }
has_bpf_headers() { [[ -e /usr/include/bpf/bpf_helpers.h ]]; }

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

need_to_run() {
  need "$(jdk_package)" find_java java
  need libbpf1 has_libbpf
}

need_to_stage() {
  need python3 has python3
  need iproute2 has ip
  need iptables has iptables
}

# Debian also starts the nginx and the haproxy that it installs; the soak runs its own.
need_to_soak() {
  need nginx-light has nginx
  need haproxy has haproxy
  need apache2-utils has ab
  need curl has curl
}

need_to_build() {
  need "$(jdk_package)" find_java javac
  need maven has mvn
  need clang has clang
  need llvm has llvm-strip
  need libbpf-dev has_bpf_headers
  need make has make
}

# install_missing: whatever is noted in `missing`, from the distribution's packages
install_missing() {
  local log as_root=()
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  [[ -n ${missing[*]} ]] || return 0
  [[ -z ${JAVA_HOME:-} || ${missing[*]} != *jdk* ]] ||
    cannot "JAVA_HOME=$JAVA_HOME is no JDK of version 17 or later; correct or unset it"
  local line="apt-get install --no-install-recommends ${missing[*]}"
  [[ ${FINTRAIL_NO_INSTALL:-} != 1 ]] || cannot "missing: ${missing[*]}. As root: $line"
  has apt-get || cannot "missing, by their names in Debian: ${missing[*]}. There is no apt-get here; install them by hand"
  if ((EUID != 0)); then
    ask_sudo "missing: ${missing[*]}" "$line"
    as_root=(sudo --)
  fi
  say "installing ${missing[*]} from the distribution's packages; this takes a minute or two"
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get -q update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${missing[@]}"; } \
    </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    cannot "apt-get failed, see above; as root: $line"
  fi
  rm -f "$log"
}

# Directories are compared too: a source that is gone leaves its mark there.
is_built() {
  [[ -e $built && -e $home/target/fintrail.jar ]] &&
    [[ -z $(find "$home/bpf" "$home/java/src/main" "$home/pom.xml" -newer "$built" -print -quit) ]]
}

can_build() {
  if [[ -e $home/target ]]; then [[ -w $home/target ]]; else [[ -w $home ]]; fi
}

# build: unless the jar is as new as its sources. The directory itself is the lock: of two first starts one waits.
build() {
  local log
  is_built && return
  exec 9<"$home"
  if ! flock -n 9; then
    say "another start is building; waiting for it"
    flock 9
  fi
  if ! is_built; then
    say "building, once; the first time downloads libraries from Maven Central"
    mkdir -p "$home/target"
    log=$home/target/build.log
    # Marked with the time of the beginning: what is saved meanwhile is newer and builds again.
    touch "$built.new"
    if ! (cd "$home" && JAVA_HOME=$java_home mvn -q -B -Dstyle.color=never -Dquick -DskipTests package) </dev/null >"$log" 2>&1 9<&-; then
      cat "$log" >&2
      cannot "the build failed, see above. Downloads need Maven Central or a mirror of it in ~/.m2/settings.xml"
    fi
    mv "$built.new" "$built"
  fi
  exec 9<&-
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
