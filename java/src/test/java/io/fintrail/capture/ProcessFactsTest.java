package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessFactsTest {
    private static final String CONTAINER = "4f1b2c3d".repeat(8);

    private static Map<String, String> of(String... lines) {
        return ProcessFacts.fromControlGroups(List.of(lines));
    }

    @Test
    void namesTheServiceOfAUnit() {
        assertThat(of("0::/system.slice/haproxy.service")).isEqualTo(Map.of("unit", "haproxy.service"));
    }

    @Test
    void namesTheInnermostUnit() {
        assertThat(of("0::/user.slice/user-1000.slice/user@1000.service/app.slice/proxy.service"))
                .isEqualTo(Map.of("unit", "proxy.service"));
    }

    @Test
    void namesASessionWhereThereIsNoService() {
        assertThat(of("0::/user.slice/user-0.slice/session-3.scope")).isEqualTo(Map.of("unit", "session-3.scope"));
    }

    @Test
    void readsVersionOneToo() {
        assertThat(of("12:pids:/system.slice/nginx.service", "1:name=systemd:/system.slice/nginx.service", "0::/"))
                .isEqualTo(Map.of("unit", "nginx.service"));
    }

    @Test
    void namesADockerContainerAndNotItsScope() {
        assertThat(of("0::/system.slice/docker-" + CONTAINER + ".scope")).isEqualTo(Map.of("container", CONTAINER));
    }

    @Test
    void namesAPodWhicheverWayItIsWritten() {
        Map<String, String> expected = Map.of("container", CONTAINER, "pod", "0a1b2c3d-1111-2222-3333-444455556666");

        assertThat(of("0::/kubepods.slice/kubepods-burstable.slice/"
                        + "kubepods-burstable-pod0a1b2c3d_1111_2222_3333_444455556666.slice/cri-containerd-" + CONTAINER
                        + ".scope"))
                .isEqualTo(expected);
        assertThat(of("0::/kubepods/burstable/pod0a1b2c3d-1111-2222-3333-444455556666/" + CONTAINER))
                .isEqualTo(expected);
    }

    @Test
    void saysNothingOfWhatTheHostDoesNotSay() {
        assertThat(of("0::/")).isEmpty();
        assertThat(of("nonsense")).isEmpty();
    }

    @Test
    void readsOurselves() {
        int self = (int) ProcessHandle.current().pid();

        assertThat(ProcessFacts.read(self))
                .containsEntry("pid", Integer.toString(self))
                .containsKey("executable");
    }
}
