// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

/** The exit codes of {@code drover}, as its help documents them. */
public final class Exit {
  /** It came out as asked. */
  public static final int OK = 0;

  /** It ran, and the result is not what was hoped for: a check failed, a VM was not committed. */
  public static final int NOT_WELL = 1;

  /** The command line is wrong. */
  public static final int USAGE = 2;

  /** The configuration is wrong, or a prerequisite is missing. */
  public static final int CONFIGURATION = 3;

  /** The other side cannot be reached. */
  public static final int UNREACHABLE = 4;

  /** The answer is no: "Expected to X, but Y." */
  public static final int REFUSED = 5;

  /** Bytes are not what they must be. */
  public static final int CORRUPT = 6;

  /** A bug of ours. */
  public static final int BUG = 70;

  /** Ended by Ctrl-C, as shells count it. */
  public static final int INTERRUPTED = 130;

  /** Ended by a SIGTERM: what a JVM itself answers, as shells count it. */
  public static final int TERMINATED = 143;

  private Exit() {}
}
