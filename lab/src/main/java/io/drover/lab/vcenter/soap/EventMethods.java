// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabEntity;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabEvents;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import io.drover.lab.vcenter.vim.XmlNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The methods of EventManager and of event history collectors. */
final class EventMethods {
  private static final Set<String> KNOWN =
      Set.of(
          "entity",
          "time",
          "userName",
          "eventChainId",
          "disableFullMessage",
          "category",
          "type",
          "eventTypeId",
          "maxCount");
  private static final int PAGE = 10;

  private final LabEstate estate;

  EventMethods(LabEstate estate) {
    this.estate = estate;
  }

  void addTo(Methods methods) {
    methods.add(
        "EventManager",
        "QueryEvents",
        "System.View",
        List.of("filter"),
        call -> {
          Filter filter = new Filter(call.request().need("filter"));
          return VimArray.of(
              "Event", filter.events(estate).stream().map(LabEvents.Logged::event).toList());
        });
    methods.add(
        "EventManager",
        "CreateCollectorForEvents",
        "System.View",
        List.of("filter"),
        call -> {
          Scroll scroll =
              new Scroll(
                  call.session().newRef("EventHistoryCollector"),
                  estate,
                  new Filter(call.request().need("filter")));
          call.session().put(scroll);
          return scroll.ref();
        });
    String collector = "EventHistoryCollector";
    methods.add(
        collector,
        "ReadNextEvents",
        null,
        List.of("maxCount"),
        call -> scroll(call).next(count(call)));
    methods.add(
        collector,
        "ReadPreviousEvents",
        null,
        List.of("maxCount"),
        call -> scroll(call).previous(count(call)));
    methods.add(
        "HistoryCollector",
        "RewindCollector",
        null,
        List.of(),
        call -> {
          scroll(call).rewind();
          return null;
        });
    methods.add(
        "HistoryCollector",
        "ResetCollector",
        null,
        List.of(),
        call -> {
          scroll(call).reset();
          return null;
        });
    methods.add(
        "HistoryCollector",
        "SetCollectorPageSize",
        null,
        List.of("maxCount"),
        call -> {
          scroll(call).page = count(call);
          return null;
        });
    methods.add(
        "HistoryCollector",
        "DestroyCollector",
        null,
        List.of(),
        call -> {
          scroll(call);
          call.session().remove(call.self());
          return null;
        });
  }

  private static int count(Call call) {
    int count = (int) call.request().need("maxCount").asLong();
    if (count < 1 || count > 1000) {
      throw VimFault.invalidArgument("maxCount", "Expected 1 to 1000, but got " + count + ".");
    }
    return count;
  }

  private static Scroll scroll(Call call) {
    if (call.target() instanceof Scroll scroll) {
      return scroll;
    }
    throw VimFault.notFound(call.self());
  }

  /** An EventFilterSpec; a criterion that the lab does not know is refused by name. */
  private static final class Filter {
    private final @Nullable Moref entity;
    private final String recursion;
    private final @Nullable Instant from;
    private final @Nullable Instant to;
    private final @Nullable Integer chain;
    private final List<String> types;
    private final List<String> users;
    private final int most;

    Filter(XmlNode spec) {
      for (XmlNode field : spec.children()) {
        if (!KNOWN.contains(field.name())) {
          throw VimFault.notSupported("The lab does not filter events by " + field.name() + ".");
        }
      }
      XmlNode of = spec.child("entity");
      entity = of == null ? null : of.need("entity").asRef();
      recursion = of == null ? "self" : of.need("recursion").text();
      XmlNode time = spec.child("time");
      XmlNode begin = time == null ? null : time.child("beginTime");
      XmlNode end = time == null ? null : time.child("endTime");
      from = begin == null ? null : begin.asInstant();
      to = end == null ? null : end.asInstant();
      chain = spec.integer("eventChainId");
      List<String> wanted = new ArrayList<>(spec.texts("type"));
      spec.texts("eventTypeId").forEach(id -> wanted.add(id.substring(id.lastIndexOf('.') + 1)));
      types = List.copyOf(wanted);
      XmlNode who = spec.child("userName");
      users = who == null ? List.of() : who.texts("userList");
      Integer max = spec.integer("maxCount");
      most = max == null ? 1000 : max;
    }

    List<LabEvents.Logged> events(LabEstate estate) {
      List<LabEvents.Logged> all = all(estate);
      return all.subList(Math.max(0, all.size() - most), all.size());
    }

    List<LabEvents.Logged> all(LabEstate estate) {
      return estate.events().log().stream().filter(this::matches).toList();
    }

    private boolean matches(LabEvents.Logged e) {
      return (types.isEmpty()
              || types.stream()
                  .anyMatch(t ->
                      t.equals(e.type()) || (t.equals("VmEvent") && e.type().startsWith("Vm"))))
          && (from == null || !e.at().isBefore(from))
          && (to == null || !e.at().isAfter(to))
          && (chain == null || chain == e.chainId())
          && (users.isEmpty() || users.contains(e.user()))
          && within(e.entity());
    }

    private boolean within(@Nullable LabEntity of) {
      if (entity == null) {
        return true;
      }
      if (of == null) {
        return false;
      }
      if (of.ref().equals(entity)) {
        return !recursion.equals("children");
      }
      for (LabEntity up = of.parent(); !recursion.equals("self") && up != null; up = up.parent()) {
        if (up.ref().equals(entity)) {
          return true;
        }
      }
      return false;
    }
  }

  /** An event history collector: a place in the log, from where one reads on or back. */
  private static final class Scroll implements Managed {
    private final Moref ref;
    private final LabEstate estate;
    private final Filter filter;
    private int page = PAGE;
    private int after;

    Scroll(Moref ref, LabEstate estate, Filter filter) {
      this.ref = ref;
      this.estate = estate;
      this.filter = filter;
      reset();
    }

    synchronized VimArray next(int count) {
      List<LabEvents.Logged> found =
          filter.all(estate).stream().filter(e -> e.key() > after).limit(count).toList();
      if (!found.isEmpty()) {
        after = found.getLast().key();
      }
      return VimArray.of("Event", found.stream().map(LabEvents.Logged::event).toList());
    }

    synchronized VimArray previous(int count) {
      List<LabEvents.Logged> before =
          filter.all(estate).stream().filter(e -> e.key() <= after).toList();
      List<LabEvents.Logged> found =
          before.subList(Math.max(0, before.size() - count), before.size());
      if (!found.isEmpty()) {
        after = found.getFirst().key() - 1;
      }
      return VimArray.of("Event", found.reversed().stream().map(LabEvents.Logged::event).toList());
    }

    synchronized void rewind() {
      after = 0;
    }

    synchronized void reset() {
      List<LabEvents.Logged> all = filter.all(estate);
      after = all.size() <= page ? 0 : all.get(all.size() - page - 1).key();
    }

    private List<VimObject> latest() {
      List<LabEvents.Logged> all = filter.all(estate);
      return all.subList(Math.max(0, all.size() - page), all.size()).reversed().stream()
          .map(LabEvents.Logged::event)
          .toList();
    }

    @Override
    public Moref ref() {
      return ref;
    }

    @Override
    public long version() {
      return estate.events().version();
    }

    @Override
    public List<String> propertyNames() {
      return List.of("filter", "initialized", "latestPage");
    }

    @Override
    public @Nullable Object property(String name) {
      return switch (name) {
        case "initialized" -> true;
        case "latestPage" -> VimArray.of("Event", latest());
        default -> null;
      };
    }
  }
}
