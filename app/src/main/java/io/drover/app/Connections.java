// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.config.DroverConfig;
import io.drover.engine.StopSignal;
import io.drover.runtime.config.SettingsException;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import io.drover.vsphere.VSphereFault;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of the hands with the configured vCenters, found by instance UUID, opened on first
 * use. Each vCenter is waited for by those who look for it, and by nobody else.
 */
final class Connections implements AutoCloseable {
  private final List<Door> doors;

  Connections(List<DroverConfig.VCenter> configured) {
    this.doors = configured.stream().map(Door::new).toList();
  }

  /** One configured vCenter; however many look for it, it is asked once at a time. */
  private static final class Door {
    final DroverConfig.VCenter vcenter;
    private @Nullable CompletableFuture<VSphere> opening;
    private boolean closed;

    Door(DroverConfig.VCenter vcenter) {
      this.vcenter = vcenter;
    }

    /** The session, if there is one by now. */
    synchronized @Nullable VSphere opened() {
      return opening == null || !opening.isDone() || opening.isCompletedExceptionally()
          ? null
          : opening.join();
    }

    /** The session, as soon as there is one; a failed attempt is made anew. */
    synchronized CompletableFuture<VSphere> open() {
      if (opening == null || opening.isCompletedExceptionally()) {
        var attempt = new CompletableFuture<VSphere>();
        opening = attempt;
        Thread.ofVirtual()
            .name("connect-" + vcenter.name())
            .start(() -> {
              try {
                came(attempt, VSphere.connect(endpoint(vcenter)));
              } catch (RuntimeException | Error e) {
                attempt.completeExceptionally(e);
              }
            });
      }
      return opening;
    }

    private synchronized void came(CompletableFuture<VSphere> attempt, VSphere session) {
      if (closed) {
        session.close();
        attempt.completeExceptionally(new IllegalStateException("Closed meanwhile"));
      } else {
        attempt.complete(session);
      }
    }

    synchronized void close() {
      closed = true;
      VSphere session = opened();
      if (session != null) {
        session.close();
      }
    }
  }

  /** How to reach a configured vCenter. */
  static VSphereEndpoint endpoint(DroverConfig.VCenter vcenter) {
    return new VSphereEndpoint(
        vcenter.url(),
        vcenter.user(),
        () -> vcenter.password().read().toCharArray(),
        trust(vcenter));
  }

  private static Trust trust(DroverConfig.VCenter vcenter) {
    if (vcenter.thumbprint() != null) {
      return Trust.thumbprint(vcenter.thumbprint());
    }
    if (vcenter.ca() == null) {
      return Trust.system();
    }
    try {
      return Trust.authorities(Files.readString(vcenter.ca()));
    } catch (IOException e) {
      throw new SettingsException(
          "vcenters["
              + vcenter.name()
              + "].ca: "
              + vcenter.ca()
              + " cannot be read: see that it exists",
          e);
    }
  }

  /**
   * The session with the vCenter of this instance UUID, null if none is configured. A vCenter that
   * cannot be reached keeps nobody from another.
   *
   * @throws VSphereFault why one cannot be reached, when it may be the one that is looked for
   */
  @Nullable VSphere find(String instanceUuid) {
    Found found = found(instanceUuid);
    return found == null ? null : found.session();
  }

  /** What the configuration calls the vCenter of this instance UUID, null if none is configured. */
  @Nullable String name(String instanceUuid) {
    Found found = found(instanceUuid);
    return found == null ? null : found.name();
  }

  /** A session and what the configuration calls its vCenter. */
  private record Found(String name, VSphere session) {}

  private @Nullable Found found(String instanceUuid) {
    for (Door door : doors) {
      VSphere session = door.opened();
      if (session != null && session.about().instanceUuid().equals(instanceUuid)) {
        return new Found(door.vcenter.name(), session);
      }
    }
    // All at once: whoever is looked for must not wait for another one that does not answer.
    var answer = new CompletableFuture<@Nullable Found>();
    var failure = new AtomicReference<@Nullable Throwable>();
    var waiting = new AtomicInteger(doors.size());
    for (Door door : doors) {
      var _ =
          door.open()
              .whenComplete((session, thrown) -> {
                if (session == null) {
                  failure.compareAndSet(null, thrown);
                } else if (session.about().instanceUuid().equals(instanceUuid)) {
                  answer.complete(new Found(door.vcenter.name(), session));
                }
                if (waiting.decrementAndGet() == 0) {
                  Throwable why = failure.get();
                  if (why == null) {
                    answer.complete(null);
                  } else {
                    answer.completeExceptionally(why);
                  }
                }
              });
    }
    return doors.isEmpty() ? null : answer(answer);
  }

  private static @Nullable Found answer(CompletableFuture<@Nullable Found> answer) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StopSignal.Stopped();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException why -> throw why;
        case Error why -> throw why;
        case null, default -> throw new IllegalStateException("A vCenter cannot be reached", e);
      }
    }
  }

  @Override
  public void close() {
    doors.forEach(Door::close);
  }
}
