package io.fintrail.capture;

/** Why a kernel refuses programs, and what helps; the same for both loaders. */
final class Refusal {
    private static final int EPERM = 1;
    private static final int ENOMEM = 12;
    private static final int EACCES = 13;

    private Refusal() {}

    /** Empty where the errno says nothing that the user could cure. */
    static String cure(int errno) {
        // The verifier refuses it with EINVAL: it no longer knows the helpers that read the kernel.
        if (HostFacts.lockdown().equals("confidentiality")) {
            return "the kernel is locked down (confidentiality): BPF may not read it; boot with lockdown=integrity or"
                    + " none";
        }
        if (errno == EPERM || errno == EACCES) {
            return "the kernel refuses BPF (errno " + errno + "): run as root, or with CAP_BPF, CAP_PERFMON and"
                    + " CAP_NET_ADMIN; in a container, on its host";
        }
        return errno == ENOMEM ? "no memory for the rings: choose a smaller --ring" : "";
    }
}
