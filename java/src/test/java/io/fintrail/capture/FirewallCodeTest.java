package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FirewallCodeTest {
    @TempDir
    Path temporary;

    private FirewallCode read(String symbols) throws IOException {
        return FirewallCode.read(Files.writeString(temporary.resolve("kallsyms"), symbols));
    }

    @Test
    void endsWhereTheNextFunctionBegins() throws IOException {
        FirewallCode code = read("""
                ffffffff81a00000 T nf_hook_entries_grow
                ffffffff81a00100 T nf_hook_slow
                ffffffff81a00100 t an_alias
                ffffffff81a001c0 T nf_hook_slow_list
                ffffffffc0400000 t nft_do_chain\t[nf_tables]
                """);

        assertThat(code).isEqualTo(new FirewallCode(0xffffffff81a00100L, 0xffffffff81a001c0L));
    }

    @Test
    void isUnknownWhereAddressesAreHidden() throws IOException {
        assertThat(read("""
                0000000000000000 T nf_hook_slow
                0000000000000000 T nf_hook_slow_list
                """).isKnown()).isFalse();
    }

    @Test
    void isUnknownWithoutNetfilter() throws IOException {
        assertThat(read("ffffffff81a00000 T tcp_v4_rcv\n").isKnown()).isFalse();
        assertThat(FirewallCode.read(temporary.resolve("none")).isKnown()).isFalse();
    }
}
