// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Follows tasks to their end. */
final class Tasks {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(30);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final Properties properties;

  Tasks(VSphere vsphere) {
    this.properties = new Properties(vsphere);
  }

  /**
   * Waits until the task ended, and gives its result.
   *
   * @throws VSphereFault what the task ended with; TIMEOUT, naming the task, when it still runs at
   *     the deadline, UNAVAILABLE when vCenter forgot it, or any fault of the connection: then its
   *     outcome is unknown
   */
  VimData await(ManagedObjectReference task, Deadline deadline) {
    Moref moref = VSphere.moref(task);
    Duration pause = FIRST_PAUSE;
    while (true) {
      VimData info = info(moref);
      switch (TaskFacts.State.of(info.text("state"))) {
        case SUCCESS -> {
          return info.at("result");
        }
        case ERROR -> throw failure(moref, info);
        case QUEUED, RUNNING, UNKNOWN -> {}
      }
      if (deadline.passed()) {
        throw new VSphereFault(
                VSphereFault.Kind.TIMEOUT,
                "The task "
                    + info.text("descriptionId")
                    + " ("
                    + moref.id()
                    + ") is still "
                    + info.text("state")
                    + " after "
                    + deadline.whole().toSeconds()
                    + " s",
                "")
            .withTask(moref)
            .withUnknownOutcome();
      }
      deadline.pause(pause);
      pause = pause.multipliedBy(2);
      if (pause.compareTo(LONGEST_PAUSE) > 0) {
        pause = LONGEST_PAUSE;
      }
    }
  }

  private VimData info(Moref task) {
    try {
      return properties.one(task, "info");
    } catch (VSphereFault e) {
      throw (e.kind() == VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND ? forgotten(task) : e)
          .withTask(task)
          .withUnknownOutcome();
    }
  }

  /** Not what the task was about is gone, but the task, as after a restart of vCenter. */
  private static VSphereFault forgotten(Moref task) {
    return new VSphereFault(
        VSphereFault.Kind.UNAVAILABLE,
        "vCenter does not know the task " + task.id() + " any more, as after a restart of it",
        "");
  }

  private static VSphereFault failure(Moref task, VimData info) {
    VimData error = info.at("error");
    String said = error.text("localizedMessage");
    String type = error.at("fault").type();
    String message =
        info.text("descriptionId") + ": " + (said.isBlank() ? "the task failed" : said);
    return VSphereFault.named(type.isEmpty() ? "MethodFault" : type, message, error.at("fault"))
        .withTask(task);
  }

  /** The tasks that the entity lists and that have not ended. */
  List<TaskFacts> pending(Moref entity) {
    List<Moref> listed = properties.one(entity, "recentTask").morefs();
    List<TaskFacts> pending = new ArrayList<>();
    for (Moref each : listed) {
      try {
        TaskFacts facts = TaskFacts.read(each, properties.one(each, "info"));
        if (facts.pending()) {
          pending.add(facts);
        }
      } catch (VSphereFault e) {
        if (e.kind() != VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND) {
          throw e;
        }
        // vCenter forgets a task some minutes after its end.
      }
    }
    return pending;
  }
}
