// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimAny;
import io.drover.lab.vcenter.vim.VimEnum;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A task of the lab vCenter: work on one entity, watched through its info property. Guarded by the
 * estate's lock.
 */
public final class LabTask implements Managed {
  /** Where a task is in its life. */
  public enum State {
    QUEUED,
    RUNNING,
    SUCCESS,
    ERROR;

    String wire() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final LabEstate estate;
  private final Moref ref;
  private final LabEntity entity;
  private final String method;
  private final String descriptionId;
  private final String user;
  private final int chainId;
  private final Instant queued = Instant.now();
  private State state = State.QUEUED;
  private @Nullable Instant started;
  private @Nullable Instant completed;
  private @Nullable Integer progress;
  private @Nullable Object result;
  private @Nullable VimFault error;
  private boolean cancelled;
  private boolean lease;
  private long version;

  LabTask(LabEstate estate, LabEntity entity, String method, String descriptionId, String user) {
    this.estate = estate;
    this.chainId = estate.nextNumber("task", 101);
    this.ref = new Moref("Task", "task-" + chainId);
    this.entity = entity;
    this.method = method;
    this.descriptionId = descriptionId;
    this.user = user;
    touch();
  }

  private void touch() {
    version = estate.tick();
    entity.changed();
  }

  void running() {
    state = State.RUNNING;
    started = Instant.now();
    touch();
  }

  void progress(int percent) {
    progress = percent;
    touch();
  }

  void succeeded(@Nullable Object value) {
    state = State.SUCCESS;
    result = value;
    completed = Instant.now();
    progress = null;
    touch();
  }

  void failed(VimFault fault) {
    state = State.ERROR;
    error = fault;
    completed = Instant.now();
    progress = null;
    touch();
  }

  /** Marks a task that has not started as cancelled; one that runs cannot be cancelled here. */
  public boolean cancel() {
    if (state != State.QUEUED) {
      return false;
    }
    cancelled = true;
    return true;
  }

  /** Notes that this is the task of an export lease. */
  void ofLease() {
    lease = true;
  }

  /** Whether it stands for an export lease, which the running guest and the plug do not mind. */
  boolean lease() {
    return lease;
  }

  boolean cancelled() {
    return cancelled;
  }

  public State state() {
    return state;
  }

  public boolean finished() {
    return state == State.SUCCESS || state == State.ERROR;
  }

  public @Nullable VimFault error() {
    return error;
  }

  public LabEntity entity() {
    return entity;
  }

  /** The API method that started it, such as PowerOnVM_Task. */
  public String method() {
    return method;
  }

  int chainId() {
    return chainId;
  }

  String user() {
    return user;
  }

  @Override
  public Moref ref() {
    return ref;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public List<String> propertyNames() {
    return List.of("info", "value", "availableField");
  }

  @Override
  public @Nullable Object property(String name) {
    return name.equals("info") ? info() : null;
  }

  /** The TaskInfo data object. */
  public VimObject info() {
    VimFault failure = error;
    return VimObject.of("TaskInfo")
        .with("key", ref.value())
        .with("task", ref)
        .with("name", method)
        .with("descriptionId", descriptionId)
        .with("entity", entity.ref())
        .with("entityName", entity.name())
        .with("state", new VimEnum("TaskInfoState", state.wire()))
        .with("cancelled", cancelled)
        .with("cancelable", state == State.QUEUED)
        .with("error", failure == null ? null : failure.localized())
        .with("result", result == null ? null : new VimAny(result))
        .with("progress", progress)
        .with("reason", VimObject.sub("TaskReasonUser").with("userName", user))
        .with("queueTime", queued)
        .with("startTime", started)
        .with("completeTime", completed)
        .with("eventChainId", chainId);
  }
}
