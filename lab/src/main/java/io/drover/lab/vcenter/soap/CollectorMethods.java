// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimAny;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import io.drover.lab.vcenter.vim.XmlNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The methods of PropertyCollector, PropertyFilter, ViewManager and the views. */
final class CollectorMethods {
  private static final int PAGE = 500;
  private static final Duration FOR_EVER = Duration.ofMinutes(30);

  private final LabEstate estate;
  private final Map<String, List<VimObject>> rests = new ConcurrentHashMap<>();

  CollectorMethods(LabEstate estate) {
    this.estate = estate;
  }

  void addTo(Methods methods) {
    String pc = "PropertyCollector";
    methods.add(
        pc, "RetrievePropertiesEx", "System.View", List.of("specSet", "options"), this::retrieve);
    methods.add(
        pc,
        "RetrieveProperties",
        "System.View",
        List.of("specSet"),
        call -> VimArray.of("ObjectContent", contents(call)));
    methods.add(pc, "ContinueRetrievePropertiesEx", null, List.of("token"), this::continueRetrieve);
    methods.add(
        pc,
        "CancelRetrievePropertiesEx",
        null,
        List.of("token"),
        call -> {
          if (rests.remove(rest(call)) == null) {
            throw VimFault.invalidArgument("token", "The token is not known.");
          }
          return null;
        });
    methods.add(
        pc,
        "CreateFilter",
        "System.View",
        List.of("spec", "partialUpdates"),
        call ->
            call.session()
                .collector(call.self())
                .createFilter(
                    new FilterSpec(call.request().need("spec")),
                    call.request().need("partialUpdates").asBool(),
                    "session[" + call.session().key() + "]"));
    methods.add(
        "PropertyFilter",
        "DestroyPropertyFilter",
        null,
        List.of(),
        call -> {
          if (!call.session().destroyFilter(call.self())) {
            throw VimFault.notFound(call.self());
          }
          return null;
        });
    methods.add(
        pc,
        "CreatePropertyCollector",
        "System.View",
        List.of(),
        call -> {
          Session session = call.session();
          Collector made = new Collector(session.newRef(pc), estate, session::find);
          session.put(made);
          return made.ref();
        });
    methods.add(
        pc,
        "DestroyPropertyCollector",
        null,
        List.of(),
        call -> {
          call.session().collector(call.self()).destroy();
          call.session().remove(call.self());
          return null;
        });
    methods.add(
        pc,
        "CancelWaitForUpdates",
        null,
        List.of(),
        call -> {
          call.session().collector(call.self()).cancelWait();
          return null;
        });
    methods.add(pc, "WaitForUpdatesEx", null, List.of("version", "options"), this::waitForUpdates);
    methods.add(
        pc, "WaitForUpdates", null, List.of("version"), call -> updates(call, FOR_EVER, null));
    methods.add(
        pc,
        "CheckForUpdates",
        null,
        List.of("version"),
        call -> updates(call, Duration.ZERO, null));
    methods.add(
        "ViewManager",
        "CreateContainerView",
        "System.View",
        List.of("container", "type", "recursive"),
        this::createContainerView);
    methods.add(
        "ViewManager",
        "CreateListView",
        "System.View",
        List.of("obj"),
        call -> {
          InventoryView view =
              new InventoryView(
                  estate, call.session().newRef("ListView"), call.request().refs("obj"));
          call.session().put(view);
          return view.ref();
        });
    methods.add(
        "ListView",
        "ModifyListView",
        null,
        List.of("add", "remove"),
        call -> {
          InventoryView view = (InventoryView) call.target();
          return VimArray.refs(
              view.modify(call.request().refs("add"), call.request().refs("remove")));
        });
    methods.add(
        "View",
        "DestroyView",
        null,
        List.of(),
        call -> {
          if (call.session().remove(call.self()) == null) {
            throw VimFault.notFound(call.self());
          }
          return null;
        });
  }

  private Object createContainerView(Call call) {
    Moref container = call.request().need("container").asRef();
    Managed place = estate.need(container);
    if (!List.of("Folder", "Datacenter", "ComputeResource", "ResourcePool", "HostSystem").stream()
        .anyMatch(type -> Schema.isA(place.ref().type(), type))) {
      throw VimFault.invalidArgument("container", container + " contains nothing.");
    }
    InventoryView view =
        new InventoryView(
            estate,
            call.session().newRef("ContainerView"),
            container,
            call.request().texts("type"),
            call.request().need("recursive").asBool());
    call.session().put(view);
    return view.ref();
  }

  // ---- retrieve

  private @Nullable Object retrieve(Call call) {
    XmlNode options = call.request().child("options");
    Integer max = options == null ? null : options.integer("maxObjects");
    if (max != null && max < 1) {
      throw VimFault.invalidArgument(
          "options.maxObjects", "Expected at least 1, but got " + max + ".");
    }
    return page(call.session(), contents(call), max == null ? PAGE : max);
  }

  private @Nullable Object page(Session session, List<VimObject> contents, int size) {
    if (contents.isEmpty()) {
      return null;
    }
    String token = null;
    List<VimObject> page = contents;
    if (contents.size() > size) {
      token = size + "." + UUID.randomUUID();
      page = contents.subList(0, size);
      rests.put(session.key() + token, List.copyOf(contents.subList(size, contents.size())));
    }
    return VimObject.of("RetrieveResult")
        .with("token", token)
        .with("objects", VimArray.of("ObjectContent", page));
  }

  private static String rest(Call call) {
    return call.session().key() + call.request().need("token").text();
  }

  private @Nullable Object continueRetrieve(Call call) {
    String token = call.request().need("token").text();
    List<VimObject> rest = rests.remove(rest(call));
    if (rest == null) {
      throw VimFault.invalidArgument("token", "The token is not known, or was used already.");
    }
    return page(call.session(), rest, Integer.parseInt(token.substring(0, token.indexOf('.'))));
  }

  private List<VimObject> contents(Call call) {
    Session session = call.session();
    return estate.locked(() -> {
      List<VimObject> contents = new ArrayList<>();
      for (XmlNode set : call.request().all("specSet")) {
        FilterSpec spec = new FilterSpec(set);
        for (Managed object : spec.objects(session::find)) {
          contents.add(content(object, spec, session));
        }
      }
      return contents;
    });
  }

  private static VimObject content(Managed object, FilterSpec spec, Session session) {
    List<VimObject> props = new ArrayList<>();
    Map<String, Object> values = new LinkedHashMap<>(spec.values(object));
    if (object instanceof Sessions && spec.wants(object, "currentSession")) {
      // the one property that depends on who asks
      values.put("currentSession", session.info());
    }
    values.forEach((path, value) ->
        props.add(
            VimObject.of("DynamicProperty").with("name", path).with("val", new VimAny(value))));
    return VimObject.of("ObjectContent")
        .with("obj", object.ref())
        .with("propSet", VimArray.of("DynamicProperty", props));
  }

  // ---- wait

  private @Nullable Object waitForUpdates(Call call) {
    XmlNode options = call.request().child("options");
    Integer seconds = options == null ? null : options.integer("maxWaitSeconds");
    Integer objects = options == null ? null : options.integer("maxObjectUpdates");
    if (seconds != null && seconds < 0) {
      throw VimFault.invalidArgument(
          "options.maxWaitSeconds", "Expected at least 0, but got " + seconds + ".");
    }
    return updates(call, seconds == null ? FOR_EVER : Duration.ofSeconds(seconds), objects);
  }

  private static @Nullable Object updates(Call call, Duration atMost, @Nullable Integer objects) {
    String version = call.request().string("version");
    Session session = call.session();
    return session
        .collector(call.self())
        .waitForUpdates(version == null ? "" : version, atMost, objects, session::alive);
  }
}
