package io.fintrail.verdict;

/** Whether somebody should look. */
public enum Severity {
    OK,
    NOTICE,
    PROBLEM
}
