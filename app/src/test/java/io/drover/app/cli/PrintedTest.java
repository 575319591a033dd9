// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.app.Drover;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrintedTest {
  @TempDir private Path folder;

  @BeforeEach
  void onLinux() {
    Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "only Linux has a full disk");
  }

  @ParameterizedTest
  @CsvSource({
    "{} >/dev/full, 1, could not be written",
    "{} >&-, 1, could not be written",
    "{} | true, 0, ''",
    "{} >/dev/null, 0, ''"
  })
  void whatNobodyCanReadIsNoSuccess(String line, int code, String said) throws Exception {
    // Given
    Path err = folder.resolve("err");
    String drover =
        "{ $JAVA -XX:TieredStopAtLevel=1 -cp $CLASSES "
            + Drover.class.getName()
            + " --version; echo $? >&3; }";
    var shell = new ProcessBuilder("sh", "-c", "exec 3>code; " + line.replace("{}", drover));
    shell.directory(folder.toFile()).redirectError(err.toFile());
    shell
        .environment()
        .put("JAVA", Path.of(System.getProperty("java.home"), "bin/java").toString());
    shell.environment().put("CLASSES", System.getProperty("java.class.path"));

    // When
    shell.start().waitFor();

    // Then
    assertThat(folder.resolve("code")).hasContent(String.valueOf(code));
    assertThat(Files.readString(err)).contains(said);
  }
}
