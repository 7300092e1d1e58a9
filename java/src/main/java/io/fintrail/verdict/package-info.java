/** Story to judgement, with evidence and advice. Pure. */
@NullMarked
package io.fintrail.verdict;

import org.jspecify.annotations.NullMarked;
