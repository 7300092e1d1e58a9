# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What tools/fintrail and tools/check share: find what a machine lacks, install it, build.
# Sourced after launch.sh; the caller has set `home`, this repository's directory, and `self`, its own path.

built=${home:?}/target/fintrail.built
profiles=()

# Debian 12 names its Java; later releases have no 17 and a newer default.
jdk_package() {
  local release
  # shellcheck disable=SC1091
  release=$(. /etc/os-release 2>/dev/null && echo "${VERSION_ID:-}")
  [[ $release == 12 ]] && echo openjdk-17-jdk-headless || echo default-jdk-headless
}

has_libbpf() { ldconfig -p | grep -F libbpf.so.1 >/dev/null; }
has_bcc() { ldconfig -p | grep -F libbcc.so.0 >/dev/null; }
has_bpf_headers() { [[ -e /usr/include/bpf/bpf_helpers.h ]]; }

need_to_run() {
  need "$(jdk_package)" find_java java
  need libbpf1 has_libbpf
}

# Debian also starts the nginx and the haproxy that it installs; the soak runs its own.
need_to_soak() {
  need nginx-light has nginx
  need haproxy has haproxy
  need apache2-utils has ab
  need curl has curl
}

need_to_test_package() {
  need debootstrap has debootstrap
  need systemd-container has systemd-nspawn
  need man-db has man
  need zsh has zsh
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

# build: unless the jar is as new as its sources, with the Maven options in `profiles`. The directory itself is the lock: of two
# first starts one waits.
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
    if ! (cd "$home" && JAVA_HOME=${java_home:?} mvn -q -B -Dstyle.color=never -Dquick -DskipTests "${profiles[@]}" package) </dev/null >"$log" 2>&1 9<&-; then
      cat "$log" >&2
      cannot "the build failed, see above. Downloads need Maven Central or a mirror of it in ~/.m2/settings.xml"
    fi
    mv "$built.new" "$built"
  fi
  exec 9<&-
}
