// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.disk.qcow2.RewrapProbe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Has the reader of a rewrapped image prove itself: it converts a probe whose clusters a reader
 * that inflates otherwise than QEMU gets wrong.
 */
final class ReaderProof {
  private static final long PATIENCE_SECONDS = 120;

  private ReaderProof() {}

  /**
   * Returns where the reader proved itself.
   *
   * @param reader a qemu-img, called as {@code READER convert -f qcow2 -O raw PROBE RAW}
   * @param near a folder that the probe is written to, 32 MiB for a moment
   * @throws Failure where it cannot be run, or gets it wrong
   */
  static void demand(String reader, Path near) {
    try {
      Path folder = Files.createTempDirectory(near, ".drover-probe");
      Path probe = folder.resolve("probe.qcow2");
      Path raw = folder.resolve("probe.raw");
      Path said = folder.resolve("said");
      try {
        RewrapProbe.write(probe);
        int code = run(reader, probe, raw, said);
        if (code != 0 || !Files.exists(raw) || !RewrapProbe.survived(raw)) {
          throw new Failure(
              Exit.REFUSED,
              "Expected "
                  + reader
                  + " to read a rewrapped image, but it "
                  + (code == 0
                      ? "read other bytes"
                      : "ended with exit code " + code + lastLine(said))
                  + ". Convert without --rewrap.");
        }
      } finally {
        for (Path file : new Path[] {probe, raw, said, folder}) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new Failure(
          Exit.CONFIGURATION,
          "The reader "
              + reader
              + " could not be tested: "
              + String.valueOf(e.getMessage()).strip()
              + ". Name it by --reader, or convert without --rewrap.");
    }
  }

  private static int run(String reader, Path probe, Path raw, Path said) throws IOException {
    Process process =
        new ProcessBuilder(
                reader, "convert", "-f", "qcow2", "-O", "raw", probe.toString(), raw.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      if (process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue();
      }
      throw new IOException("it did not end within " + PATIENCE_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("it was interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String lastLine(Path said) throws IOException {
    String text = new String(Files.readAllBytes(said), StandardCharsets.UTF_8).strip();
    String line = text.substring(text.lastIndexOf('\n') + 1);
    return line.isEmpty() ? "" : " and said: " + line;
  }
}
