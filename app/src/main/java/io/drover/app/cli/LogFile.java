// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.FileAppender;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/**
 * What the services say while a command prints for people: all of it goes into a file, and to the
 * screen only what went there before. Logs as before when it is closed.
 */
final class LogFile implements AutoCloseable {
  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}"
          + " %replace(%msg){'[\\r\\n]+', ' | '}%n%ex";

  private final Logger root;
  private final Logger ours;
  private final Level before;
  private final FileAppender<ILoggingEvent> file = new FileAppender<>();

  /**
   * Begins the file anew.
   *
   * @param path in a folder that is there
   */
  LogFile(Path path) {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ours = context.getLogger("io.drover");
    before = ours.getEffectiveLevel();
    if (before.isGreaterOrEqual(Level.WARN)) {
      root.iteratorForAppenders().forEachRemaining(screen -> hush(screen, before));
      ours.setLevel(Level.INFO);
    }
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(PATTERN);
    encoder.start();
    file.setContext(context);
    file.setFile(path.toString());
    file.setAppend(false);
    file.setEncoder(encoder);
    file.start();
    root.addAppender(file);
  }

  private static void hush(Appender<ILoggingEvent> screen, Level least) {
    var filter = new ThresholdFilter();
    filter.setLevel(least.toString());
    filter.start();
    screen.addFilter(filter);
  }

  @Override
  public void close() {
    root.iteratorForAppenders().forEachRemaining(Appender::clearAllFilters);
    ours.setLevel(before);
    root.detachAppender(file);
    file.stop();
  }
}
