// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The event log of the estate: what happened to which virtual machine, by whom, in the order of
 * rising keys.
 */
public final class LabEvents implements Managed {
  private static final Moref REF = new Moref("EventManager", "EventManager");
  private static final int KEPT = 20_000;

  /** One event with what filters look at. */
  public record Logged(
      int key,
      Instant at,
      String type,
      @Nullable LabEntity entity,
      int chainId,
      String user,
      VimObject event) {}

  private final LabEstate estate;
  private final List<Logged> log = new ArrayList<>();
  private int nextKey = 1001;
  private long version;

  LabEvents(LabEstate estate) {
    this.estate = estate;
    estate.register(this);
  }

  /** Posts an event about a virtual machine. */
  Logged vm(String type, LabVm vm, String user, int chainId, String message) {
    return post(type, vm, user, chainId, message, null);
  }

  Logged reconfigured(LabVm vm, String user, VimObject spec) {
    return post(
        "VmReconfiguredEvent",
        vm,
        user,
        0,
        "Reconfigured " + vm.name() + " on " + vm.host().name() + ".",
        spec);
  }

  void task(LabTask task) {
    LabVm vm = task.entity() instanceof LabVm machine ? machine : null;
    post(
        "TaskEvent",
        task.entity(),
        task.user(),
        task.chainId(),
        "Task: " + task.method(),
        null,
        vm,
        task.info());
  }

  private Logged post(
      String type, LabVm vm, String user, int chainId, String message, @Nullable VimObject spec) {
    return post(type, vm, user, chainId, message, spec, vm, null);
  }

  private Logged post(
      String type,
      @Nullable LabEntity entity,
      String user,
      int chainId,
      String message,
      @Nullable VimObject spec,
      @Nullable LabVm vm,
      @Nullable VimObject taskInfo) {
    return estate.locked(() -> {
      int key = nextKey++;
      Instant at = estate.uniqueInstant();
      VimObject event =
          VimObject.sub(type)
              .with("key", key)
              .with("chainId", chainId == 0 ? key : chainId)
              .with("createdTime", at)
              .with("userName", user);
      if (vm != null) {
        LabHost host = vm.host();
        event
            .with("datacenter", named("DatacenterEventArgument", "datacenter", vm.datacenter()))
            .with(
                "computeResource",
                named("ComputeResourceEventArgument", "computeResource", host.cluster()))
            .with("host", named("HostEventArgument", "host", host))
            .with("vm", named("VmEventArgument", "vm", vm));
      }
      event.with("fullFormattedMessage", message);
      if (vm != null && taskInfo == null) {
        event.with("template", vm.template());
      }
      event.with("configSpec", spec).with("info", taskInfo);
      Logged logged = new Logged(key, at, type, entity, chainId == 0 ? key : chainId, user, event);
      log.add(logged);
      if (log.size() > KEPT) {
        log.removeFirst();
      }
      version = estate.tick();
      return logged;
    });
  }

  private static VimObject named(String type, String field, LabEntity entity) {
    return VimObject.of(type).with("name", entity.name()).with(field, entity.ref());
  }

  /** Everything that is remembered, oldest first. */
  public List<Logged> log() {
    return estate.locked(() -> List.copyOf(log));
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
    return List.of("description", "latestEvent", "maxCollector");
  }

  @Override
  public @Nullable Object property(String name) {
    return switch (name) {
      case "latestEvent" -> log.isEmpty() ? null : log.getLast().event();
      case "maxCollector" -> 32;
      default -> null;
    };
  }
}
