/** JNA bindings to libbpf and libc with owned handles. Nothing of TCP, and the only user of JNA. */
@NullMarked
package io.fintrail.capture.libbpf;

import org.jspecify.annotations.NullMarked;
