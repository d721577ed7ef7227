package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.server.config.ConfigException;
import io.evenkeel.server.config.ConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration with which a node last opened, in place of a file that cannot be used. */
final class ConfigurationTest {
    private static final Map<String, String> NO_VARIABLES = Map.of();

    @TempDir
    Path folder;

    private Path file;
    private Path data;
    private Path kept;
    private String good;

    @BeforeEach
    void writeFile() throws IOException {
        file = folder.resolve("evenkeel.yaml");
        data = Files.createDirectory(folder.resolve("data"));
        kept = data.resolve(Configuration.FILE);
        good = "node:\n  name: n1\n  data: '" + data + "'\ndns: {loops: 3}\n";
        Files.writeString(file, good);
    }

    private void openOnce(Map<String, String> environment) throws ConfigException {
        Configuration configuration = Configuration.load(file, environment);
        assertThat(configuration.problems()).isEmpty();
        assertThat(configuration.reasons()).isEmpty();
        configuration.keep();
        assertThat(kept).exists();
    }

    private Configuration loadBroken(String text, Map<String, String> environment) throws Exception {
        Files.writeString(file, text);
        return Configuration.load(file, environment);
    }

    private void assertOfNoUse(String text, String... parts) {
        assertThatThrownBy(() -> loadBroken(text, NO_VARIABLES))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    void whateverIsWrongWithTheFileTheLastOneIsUsedAndTheProblemsAreTold() throws Exception {
        openOnce(NO_VARIABLES);
        for (String broken : List.of(
                good + "a-key-of-a-later-release: 1\n",
                good.replace("loops: 3", "loops: many"),
                good + "log: {level: [\n",
                good + "dns: {loops: 4}\n",
                good.replace("name: n1", "name: n_1"))) {
            Configuration configuration = loadBroken(broken, NO_VARIABLES);
            assertThat(configuration.config().node().name()).as(broken).isEqualTo("n1");
            assertThat(configuration.config().dns().loops()).as(broken).isEqualTo(3);
            assertThat(configuration.problems())
                    .as(broken)
                    .isNotEmpty()
                    .allSatisfy(problem -> assertThat(problem).startsWith(file + ":"));
            assertThat(configuration.reasons())
                    .singleElement()
                    .asString()
                    .contains(configuration.problems().getFirst())
                    .contains("mend the file and restart this node");
            byte[] before = Files.readAllBytes(kept);
            configuration.keep();
            assertThat(kept).hasBinaryContent(before);
        }
    }

    @Test
    void theEnvironmentIsKeptWithTheFile() throws Exception {
        openOnce(Map.of("EVENKEEL_DNS_LOOPS", "5", "EVENKEEL_SECRET", "s3cret", "HOME", "/nowhere"));
        assertThat(kept).content().doesNotContain("s3cret").doesNotContain("nowhere");
        assertThat(loadBroken("colour: blue\n" + good, Map.of("EVENKEEL_DNS_LOOPS", "6"))
                        .config()
                        .dns()
                        .loops())
                .isEqualTo(5);
        assertThat(loadBroken(good, Map.of("EVENKEEL_DNS_LOOPS", "many"))
                        .config()
                        .dns()
                        .loops())
                .isEqualTo(5);
    }

    @Test
    void aFileThatIsGoneOrDoesNotSayTheFolderNeedsItFromTheEnvironment() throws Exception {
        Map<String, String> folderNamed = Map.of("EVENKEEL_NODE_DATA", data.toString());
        openOnce(folderNamed);
        assertThat(loadBroken("{", folderNamed).config().dns().loops()).isEqualTo(3);
        Files.delete(file);
        assertThat(Configuration.load(file, folderNamed).problems())
                .singleElement()
                .asString()
                .contains("no such file");
        assertOfNoUse("{\n", "not YAML");
    }

    /** The process runs in its data folder in the image, under systemd and by the launcher. */
    @Test
    void aFileThatSaysNoFolderIsMadeUpForByWhatWasKeptWhereTheProcessRuns() throws Exception {
        openOnce(NO_VARIABLES);
        assertThat(ConfigReader.dataFolders("", NO_VARIABLES)).containsExactly(Path.of("data"), Path.of(""));
        assertThat(ConfigReader.dataFolders("{", NO_VARIABLES)).containsExactly(Path.of("data"), Path.of(""));
        assertThat(ConfigReader.dataFolders(good, NO_VARIABLES)).containsExactly(data);
        ConfigException broken = new ConfigException(List.of(file + ": is empty"));
        Configuration used = Configuration.kept(file, List.of(folder.resolve("none"), data), broken);
        assertThat(used.config().dns().loops()).isEqualTo(3);
        assertThat(used.problems()).containsExactly(file + ": is empty");
        assertThatThrownBy(() -> Configuration.kept(file, List.of(folder.resolve("none"), folder), broken))
                .hasMessage(broken.getMessage());
    }

    @Test
    void aFirstStartWithABrokenFileEndsWithItsProblemsAlone() {
        assertThatThrownBy(() -> loadBroken(good + "colour: blue\n", NO_VARIABLES))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(file + ": colour: unknown key; allowed here: admin, backup, ")
                .hasMessageNotContaining("\n");
    }

    @Test
    void whatWasKeptForAnotherFileOrFolderOrIsDamagedIsNotUsedAndSaysWhy() throws Exception {
        openOnce(NO_VARIABLES);
        String broken = good + "colour: blue\n";
        byte[] octets = Files.readAllBytes(kept);
        for (int i = 0; i < octets.length; i += 7) {
            byte[] damaged = octets.clone();
            damaged[i] ^= 1;
            Files.write(kept, damaged);
            assertOfNoUse(broken, "colour: unknown key", kept + ": ", "damaged");
        }
        Files.write(kept, new byte[0]);
        assertOfNoUse(broken, "colour: unknown key", "damaged");
        Files.write(kept, octets);

        Path moved = Files.createDirectory(folder.resolve("moved"));
        Files.write(moved.resolve(Configuration.FILE), octets);
        assertOfNoUse(broken.replace(data.toString(), moved.toString()), "belongs to the data folder " + data);

        Path other = folder.resolve("other.yaml");
        Files.writeString(other, broken);
        assertThatThrownBy(() -> Configuration.load(other, NO_VARIABLES))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("colour: unknown key", "belongs to " + file);
    }

    @Test
    void itIsKeptForItsOwnerAloneAndWrittenAgainWhenItHasChanged() throws Exception {
        openOnce(NO_VARIABLES);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
                .isEqualTo("rw-------");
        Files.writeString(file, good.replace("loops: 3", "loops: 4"));
        openOnce(NO_VARIABLES);
        assertThat(loadBroken("colour: blue\n" + good, NO_VARIABLES)
                        .config()
                        .dns()
                        .loops())
                .isEqualTo(4);
    }

    @Test
    void aDiskThatDoesNotTakeItIsTriedAgain() throws Exception {
        Configuration configuration = Configuration.load(file, NO_VARIABLES);
        Path aside = folder.resolve("aside");
        Files.move(data, aside);
        configuration.keep();
        configuration.keep();
        Files.move(aside, data);
        configuration.keep();
        assertThat(kept).exists();
    }
}
