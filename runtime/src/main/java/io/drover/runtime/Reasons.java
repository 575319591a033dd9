// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import java.util.LinkedHashSet;

/** What may be said about an exception: in a quarantine record, a problem, or a log. */
final class Reasons {
  private static final int LONGEST = 500;

  private Reasons() {}

  /** Type and first line of the message; for exceptions of pure code, which hold no secret. */
  static String of(Throwable thrown) {
    String message = thrown.getMessage();
    String line = message == null ? "" : message.lines().findFirst().orElse("");
    String reason = thrown.getClass().getSimpleName() + (line.isBlank() ? "" : ": " + line.strip());
    return reason.length() <= LONGEST ? reason : reason.substring(0, LONGEST) + "...";
  }

  /**
   * The types of an exception and its causes, without messages: what a client library puts there
   * may be an address with a password.
   */
  static String types(Throwable thrown) {
    var names = new LinkedHashSet<String>();
    for (Throwable t = thrown; t != null && names.size() < 5; t = t.getCause()) {
      names.add(t.getClass().getSimpleName());
    }
    return String.join(" caused by ", names);
  }

  /** The same stack without messages, for the log. */
  static Throwable trace(Throwable thrown) {
    var bare = new Bare(types(thrown));
    bare.setStackTrace(thrown.getStackTrace());
    return bare;
  }

  /** Stands for an exception whose message must not be shown. */
  private static final class Bare extends RuntimeException {
    private static final long serialVersionUID = 1;

    Bare(String types) {
      super(types, null, false, true);
    }
  }
}
