// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.EventFilterSpec;
import com.vmware.vim25.EventFilterSpecByEntity;
import com.vmware.vim25.EventFilterSpecByTime;
import com.vmware.vim25.EventFilterSpecRecursionOption;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ws.Argument;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What vCenter recorded as having happened. */
public final class EventLog {
  /** Every event type that tells of a machine being started, stopped, moved or changed. */
  public static final Set<String> POWER_AND_CHANGE =
      Set.of(
          "VmStartingEvent",
          "VmPoweredOnEvent",
          "VmPoweredOffEvent",
          "VmSuspendedEvent",
          "VmResumingEvent",
          "VmResettingEvent",
          "VmGuestShutdownEvent",
          "VmGuestRebootEvent",
          "VmReconfiguredEvent",
          "VmMigratedEvent",
          "VmRelocatedEvent",
          "VmRemovedEvent");

  private static final int PAGE = 200;

  private final VSphere vsphere;

  EventLog(VSphere vsphere) {
    this.vsphere = vsphere;
  }

  /**
   * One thing that happened.
   *
   * @param key grows with time within one vCenter
   * @param type such as {@code VmPoweredOnEvent}
   * @param at by vCenter's clock
   * @param user who did it, empty for vCenter itself
   * @param message for people
   * @param vm the machine, if it is about one
   */
  public record Entry(
      long key, String type, Instant at, String user, String message, Optional<Moref> vm) {}

  /**
   * What happened to the object from this time on, oldest first.
   *
   * @param from by vCenter's clock: see {@link VSphere#currentTime()}
   * @param types which events, such as {@link #POWER_AND_CHANGE}; none means all
   */
  public List<Entry> since(Moref entity, Instant from, Set<String> types) {
    return vsphere.inOneSession(() -> read(entity, from, types));
  }

  private List<Entry> read(Moref entity, Instant from, Set<String> types) {
    EventFilterSpec filter = new EventFilterSpec();
    filter.entity = new EventFilterSpecByEntity();
    filter.entity.entity = VSphere.reference(entity);
    filter.entity.recursion = EventFilterSpecRecursionOption.self;
    filter.time = new EventFilterSpecByTime();
    filter.time.beginTime = GregorianCalendar.from(from.atZone(ZoneOffset.UTC));
    if (!types.isEmpty()) {
      filter.eventTypeId = types.toArray(String[]::new);
    }
    ManagedObjectReference collector =
        vsphere.call(vim -> vim.createCollectorForEvents(vsphere.service("eventManager"), filter));
    try {
      List<Entry> all = new ArrayList<>();
      List<VimData> page = next(collector);
      while (!page.isEmpty()) {
        page.forEach(each -> all.add(entry(each)));
        page = next(collector);
      }
      all.removeIf(
          each -> each.at().isBefore(from) || !(types.isEmpty() || types.contains(each.type())));
      all.sort(Comparator.comparing(Entry::at).thenComparing(Entry::key));
      return all;
    } finally {
      vsphere.call(vim -> {
        vim.destroyCollector(collector);
        return true;
      });
    }
  }

  private List<VimData> next(ManagedObjectReference collector) {
    return vsphere
        .raw(
            "ReadNextEvents",
            Duration.ZERO,
            new Argument("_this", "ManagedObjectReference", collector),
            new Argument("maxCount", "int", PAGE))
        .each("returnval")
        .toList();
  }

  private static Entry entry(VimData event) {
    return new Entry(
        event.number("key"),
        event.type(),
        event.at("createdTime").time().orElse(Instant.EPOCH),
        event.text("userName"),
        event.text("fullFormattedMessage"),
        event.moref("vm.vm"));
  }
}
