// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Runs the tasks of the estate, each on a virtual thread, one at a time per virtual machine. A task
 * survives the session that started it, as on a real vCenter.
 */
public final class LabTasks implements Managed, AutoCloseable {
  private static final Moref REF = new Moref("TaskManager", "TaskManager");
  private static final int KEPT = 2000;
  private static final int RECENT = 50;

  /** What a task does once it runs, with the estate's lock held; a fault ends the task in error. */
  @FunctionalInterface
  public interface Work {
    @Nullable Object run();
  }

  private final LabEstate estate;
  private final Deque<LabTask> all = new ArrayDeque<>();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private long version;
  private volatile boolean closed;

  LabTasks(LabEstate estate) {
    this.estate = estate;
    estate.register(this);
  }

  /**
   * Queues work on an entity. An entity with unfinished work faults with TaskInProgress.
   *
   * @param method the API method
   * @param descriptionId the key of its description, such as VirtualMachine.powerOn
   */
  public LabTask start(
      LabEntity entity, String method, String descriptionId, String user, Work work) {
    LabTask task =
        estate.locked(() -> {
          LabTask other = unfinished(entity);
          if (other != null && !(other.lease() && method.equals("PowerOffVM_Task"))) {
            throw VimFault.taskInProgress(other.ref());
          }
          return enlist(entity, method, descriptionId, user);
        });
    Thread thread =
        Thread.ofVirtual().name("lab-" + task.ref().value()).unstarted(() -> carryOut(task, work));
    threads.add(thread);
    thread.start();
    return task;
  }

  /** A task that somebody else drives: an export lease's, that runs while the lease is held. */
  LabTask hold(LabEntity entity, String method, String descriptionId, String user) {
    return estate.locked(() -> {
      LabTask other = unfinished(entity);
      if (other != null) {
        throw VimFault.taskInProgress(other.ref());
      }
      LabTask task = enlist(entity, method, descriptionId, user);
      task.ofLease();
      task.running();
      return task;
    });
  }

  private LabTask enlist(LabEntity entity, String method, String descriptionId, String user) {
    LabTask task = new LabTask(estate, entity, method, descriptionId, user);
    estate.register(task);
    all.addLast(task);
    if (all.size() > KEPT && all.getFirst().finished()) {
      estate.unregister(all.removeFirst().ref());
    }
    entity.recent(task.ref());
    version = estate.clock();
    estate.events().task(task);
    return task;
  }

  private void carryOut(LabTask task, Work work) {
    String[] names = {task.entity().name(), task.entity().ref().value()};
    try {
      LabPace pace = estate.pace();
      LabFaultRule late = estate.faults().strike(Kind.TASK_LATE, task.method(), names);
      pause(pace.taskQueued());
      if (late != null) {
        pause(late.delay());
      }
      boolean go =
          estate.locked(() -> {
            if (task.cancelled()) {
              task.failed(VimFault.of("RequestCanceled", "The task was canceled by a user."));
              return false;
            }
            task.running();
            return true;
          });
      if (!go) {
        return;
      }
      for (int percent = 25; percent < 100; percent += 25) {
        pause(pace.taskRunning().dividedBy(3));
        int shown = percent;
        estate.locked(() -> task.progress(shown));
      }
      LabFaultRule fails = estate.faults().strike(Kind.TASK_FAILS, task.method(), names);
      estate.locked(() -> {
        try {
          if (fails != null) {
            String type = fails.faultType() == null ? "SystemError" : fails.faultType();
            throw VimFault.of(
                type,
                "A general system error occurred: the lab was told that "
                    + task.method()
                    + " fails.");
          }
          task.succeeded(work.run());
        } catch (VimFault fault) {
          task.failed(fault);
        }
      });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      estate.locked(
          () -> task.failed(VimFault.of("SystemError", "A general system error occurred: " + e)));
      throw e;
    } finally {
      threads.remove(Thread.currentThread());
    }
  }

  private static void pause(Duration time) throws InterruptedException {
    if (time.isPositive()) {
      Thread.sleep(time);
    }
  }

  /** The task that is queued or runs on the entity, or null. */
  public @Nullable LabTask unfinished(LabEntity entity) {
    return estate.locked(() -> {
      LabTask found = null;
      for (LabTask task : all) {
        if (task.entity() == entity && !task.finished() && (found == null || found.lease())) {
          found = task;
        }
      }
      return found;
    });
  }

  /** All tasks that are remembered, oldest first. */
  public List<LabTask> all() {
    return estate.locked(() -> List.copyOf(all));
  }

  @Override
  public Moref ref() {
    return REF;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public List<String> propertyNames() {
    return List.of("recentTask", "description", "maxCollector");
  }

  @Override
  public @Nullable Object property(String name) {
    return switch (name) {
      case "recentTask" -> {
        List<Moref> refs = new ArrayList<>(all.stream().map(LabTask::ref).toList());
        yield VimArray.refs(refs.subList(Math.max(0, refs.size() - RECENT), refs.size()));
      }
      case "maxCollector" -> 32;
      default -> null;
    };
  }

  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }

  boolean closed() {
    return closed;
  }
}
