/** Kernel to events: attach, drain, host facts. Knows nothing of journals or verdicts. */
@NullMarked
package io.fintrail.capture;

import org.jspecify.annotations.NullMarked;
