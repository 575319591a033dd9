// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import io.drover.disk.pipe.Journal;
import java.io.IOException;

/** Fuzzes the journal of a resumable conversion, which a crash may leave in any state. */
public final class JournalFuzz {
  private JournalFuzz() {}

  /** Called with each input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    try (Journal journal = Journal.open(Some.file(data), "key")) {
      journal.durable().size();
    }
  }
}
