# SPDX-License-Identifier: Apache-2.0
# Packages, by "cmake --build build --target package": efa-layout, where install() puts all that is not said to be of
# component slurm, and efa-layout-slurm<RELEASE>. Configure with -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_SYSCONFDIR=/etc.

find_program(DPKG dpkg)
set(CPACK_GENERATOR RPM)
if(DPKG)
  set(CPACK_GENERATOR DEB)
endif()
set(CPACK_PACKAGE_NAME efa-layout)
set(CPACK_PACKAGE_CONTACT "the efa-layout project")
set(CPACK_PACKAGE_VENDOR ${CPACK_PACKAGE_CONTACT})
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_COMPONENTS_ALL ${EFA_LAYOUT_PARTS})
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_RELOCATABLE OFF)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(scripts ${CMAKE_CURRENT_LIST_DIR}/packages)
set(made ${CMAKE_BINARY_DIR}/packages)
foreach(name postinst prerm postrm)
  configure_file(${scripts}/${name} ${made}/programs/${name} COPYONLY)
  list(APPEND CPACK_DEBIAN_PROGRAMS_PACKAGE_CONTROL_EXTRA ${made}/programs/${name})
endforeach()
set(CPACK_RPM_programs_POST_INSTALL_SCRIPT_FILE ${scripts}/rpm-post)
set(CPACK_RPM_programs_PRE_UNINSTALL_SCRIPT_FILE ${scripts}/rpm-preun)
set(CPACK_RPM_programs_POST_UNINSTALL_SCRIPT_FILE ${scripts}/rpm-postun)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME efa-layout)

set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE Apache-2.0)
set(CPACK_RPM_SPEC_MORE_DEFINE "%global _build_id_links none\n%global debug_package %{nil}")
set(CPACK_RPM_programs_PACKAGE_NAME efa-layout)
# Of the system's own packages.
set(share ${CMAKE_INSTALL_FULL_DATADIR})
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /etc/slurm /usr/lib/systemd /usr/lib/systemd/system /usr/lib/systemd/system-preset
    ${CMAKE_INSTALL_FULL_LIBEXECDIR} ${share}/man ${share}/man/man1 ${share}/man/man5 ${share}/man/man7 ${share}/man/man8
    ${SLURM_PLUGIN_DIR} ${share}/bash-completion ${share}/bash-completion/completions ${share}/zsh ${ZSH_COMPLETION_DIR})

set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION "Prolog, epilog and health check of a node, the probe that tests each EFA rail, and the
tool efa-layout. Of no Slurm release.")

if("slurm" IN_LIST EFA_LAYOUT_PARTS)
  set(name efa-layout-slurm${SLURM_RELEASE})
  set(line ${SLURM_PLUGSTACK_DIR}/zz-efa-layout.conf)
  foreach(script preinst prerm postrm)
    configure_file(${scripts}/slurm-${script} ${made}/slurm/${script} @ONLY)
    list(APPEND CPACK_DEBIAN_SLURM_PACKAGE_CONTROL_EXTRA ${made}/slurm/${script})
  endforeach()
  file(WRITE ${made}/slurm/conffiles "${line}\n")
  list(APPEND CPACK_DEBIAN_SLURM_PACKAGE_CONTROL_EXTRA ${made}/slurm/conffiles)
  set(CPACK_RPM_slurm_USER_FILELIST "%config(noreplace) ${line}")
  set(CPACK_DEBIAN_SLURM_PACKAGE_NAME ${name})
  set(CPACK_RPM_slurm_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_SLURM_PACKAGE_DEPENDS "efa-layout (= ${PROJECT_VERSION})")
  set(CPACK_RPM_slurm_PACKAGE_REQUIRES "efa-layout = ${PROJECT_VERSION}")
  set(CPACK_COMPONENT_SLURM_DESCRIPTION "Options of srun, sbatch and salloc, the environment of tasks, and the gate's helper
for requests to the controller: for Slurm ${SLURM_RELEASE} alone.")

  # A library that no installed package has: unpacked, for a release that is not this machine's, or in a place of its own.
  if(SLURM_LIBRARY AND NOT SLURM_LIBRARY MATCHES "^(/usr)?/lib")
    get_filename_component(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${SLURM_LIBRARY} DIRECTORY)
    get_filename_component(file ${SLURM_LIBRARY} REALPATH)
    if(NOT SLURM_PREFIX AND file MATCHES "libslurm[.]so[.]([0-9]+)")
      string(APPEND CPACK_DEBIAN_SLURM_PACKAGE_DEPENDS ", libslurm${CMAKE_MATCH_1}")
    endif()
  endif()

  # Plugins are bound to a release, and the system has one Slurm: both at the same places, one at a time. Those with a
  # SLURM_PREFIX are nobody's business.
  if(NOT SLURM_PREFIX)
    set(CPACK_DEBIAN_SLURM_PACKAGE_PROVIDES efa-layout-slurm)
    set(CPACK_DEBIAN_SLURM_PACKAGE_CONFLICTS efa-layout-slurm)
    set(CPACK_DEBIAN_SLURM_PACKAGE_REPLACES efa-layout-slurm)
    foreach(other slurm-wlm-basic-plugins slurm-smd)
      list(APPEND breaks "${other} (<< ${SLURM_RELEASE})" "${other} (>> ${SLURM_RELEASE}.999)")
    endforeach()
    list(JOIN breaks ", " CPACK_DEBIAN_SLURM_PACKAGE_BREAKS)
    set(CPACK_RPM_slurm_PACKAGE_PROVIDES efa-layout-slurm)
    set(CPACK_RPM_slurm_PACKAGE_CONFLICTS "efa-layout-slurm, slurm < ${SLURM_RELEASE}, slurm > ${SLURM_RELEASE}.999")
  endif()
endif()
include(CPack)
