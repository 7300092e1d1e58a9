package io.fintrail.verdict;

import java.util.Locale;

/** Whose turn it is, or was. */
public enum MustAct {
    LOCAL_APPLICATION,
    PEER_APPLICATION,
    NETWORK,
    THIS_HOST_NETWORK,
    KERNEL_LIMIT,
    OPERATOR,
    NOBODY;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
