/** One small class per command; wires the stages. The only user of picocli; nothing imports it. */
@NullMarked
package io.fintrail.cli;

import org.jspecify.annotations.NullMarked;
