/** JNA bindings of BCC, which compiles programs on the host they are to watch. Nothing of TCP. */
@org.jspecify.annotations.NullMarked
package io.fintrail.capture.bcc;
