package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Stories compared whole: each file of src/test/resources/explain is a command line, and what it prints. */
class ExplainStoriesTest {
    private static final Path STORIES = Explained.HOME.resolve("java/src/test/resources/explain");
    private static final Pattern COOKIE = Pattern.compile(" socket=([1-9]\\d*)");

    static List<Path> stories() {
        return Explained.files(STORIES, ".txt");
    }

    static List<Path> trails() {
        return Explained.files(Explained.TRAILS, ".trail").stream()
                // There a connection has two names, and goes by the first.
                .filter(trail -> !trail.getFileName().toString().startsWith("names-"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("stories")
    void tellsTheStory(Path file) throws IOException {
        String text = Files.readString(file);
        int end = text.indexOf('\n');
        String[] words = text.substring(0, end).split(" ");
        Path trail = Explained.HOME.resolve(words[2]);

        assertThat(text).startsWith("$ explain ");
        assertThat(Explained.tell(trail, List.of(words).subList(3, words.length).toArray(new String[0])))
                .isEqualTo(text.substring(end + 1));
    }

    @ParameterizedTest
    @MethodSource("trails")
    void fitsTheTerminalWhateverTheSituation(Path trail) throws IOException {
        for (String cookie : cookies(trail)) {
            List<String> lines = Explained.tell(trail, cookie).lines().toList();

            assertThat(lines)
                    .allMatch(line -> line.length() <= 100)
                    .allMatch(line -> line.chars().noneMatch(Character::isISOControl));
            assertThat(lines.get(0)).matches("(connection|front|this) .*|\\d+ connections match .*");
        }
    }

    private static TreeSet<String> cookies(Path trail) throws IOException {
        TreeSet<String> cookies = new TreeSet<>();
        COOKIE.matcher(Files.readString(trail)).results().forEach(found -> cookies.add(found.group(1)));
        return cookies;
    }
}
