package io.fintrail.capture;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** A kernel's configuration: options that are set, with their values. */
final class KernelConfiguration {
    private static final Pattern SET = Pattern.compile("(?m)^(CONFIG_\\w+)=(.+)$");

    private KernelConfiguration() {}

    /** @param path as /proc/config.gz, /boot/config-RELEASE or include/config/auto.conf */
    static TreeMap<String, String> read(Path path) {
        TreeMap<String, String> options = new TreeMap<>();
        try (InputStream file = Files.newInputStream(path);
                InputStream text = path.toString().endsWith(".gz") ? new GZIPInputStream(file) : file) {
            Matcher set = SET.matcher(new String(text.readAllBytes(), StandardCharsets.UTF_8));
            while (set.find()) {
                options.put(set.group(1), set.group(2).strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the kernel configuration " + path, e);
        }
        return options;
    }
}
